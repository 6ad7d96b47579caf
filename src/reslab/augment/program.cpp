#include "reslab/augment/program.h"

#include "reslab/core/error.h"

namespace reslab::augment {

std::optional<Program> compile(const Pipeline& pipeline, Size input, int channels) {
  const auto& policies = pipeline.policies();
  const std::optional<Size> output = pipeline.output_size(input);
  if (!output || policies.size() > most_instructions || channels < 1 || channels > most_channels) return std::nullopt;
  Program program{.count = static_cast<int>(policies.size()), .input = input, .output = *output, .channels = channels};
  std::int64_t pixels = std::int64_t{input.height} * input.width;
  Size size = input;
  for (std::size_t place = 0; place < policies.size(); ++place) {
    const auto instruction = policies[place]->instruction();
    if (!instruction) return std::nullopt;
    RESLAB_ASSERT(instruction->fill_size == 0 || instruction->fill_size == static_cast<std::size_t>(channels),
                  "a colour of ", instruction->fill_size, " values for images of ", channels, " channels");
    program.instructions[place] = *instruction;
    size = policies[place]->output_size(size).value();
    pixels = std::max(pixels, std::int64_t{size.height} * size.width);
  }
  // Sums of all values must fit into 32 bits.
  constexpr std::int64_t most_bytes = 1 << 24;
  if (pixels * channels > most_bytes) return std::nullopt;
  program.bytes = static_cast<int>(pixels * channels);
  return program;
}

}  // namespace reslab::augment
