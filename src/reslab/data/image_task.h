// One image of a batch, from the data set's bytes to the network's input, as a GPU's kernel makes it; on the processor
// the same source runs with a team of one.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

#include "reslab/augment/program.h"
#include "reslab/core/host_device.h"

namespace reslab::data {

inline constexpr int levels = 256;  ///< of a byte

/// Pointers are to the memory of the device that runs it. Value: float or c10::BFloat16.
template <typename Value>
struct ImageTask {
  const std::uint8_t* images;  ///< [samples, height, width, channels], of program.input
  const std::int64_t* ids;     ///< [batch], places in `images`
  const Value* table;          ///< [channels, levels]: what a byte becomes (augment::Normalizer)
  Value* out;                  ///< [batch, size.height, size.width, channels]
  augment::Program program;
  augment::Size size;      ///< of the result: at most program.output
  augment::SampleKey key;  ///< but for the sample
};

/// Makes image `i` of the batch. first, second: program.bytes each, the team's alone. All threads of the team call it;
/// none goes on before all have done their part.
template <typename Value, typename Team>
RESLAB_HOST_DEVICE void make_image(const ImageTask<Value>& task, std::int64_t i, std::uint8_t* first,
                                   std::uint8_t* second, Team& team) {
  const augment::Program& program = task.program;
  augment::Canvas canvas{first, second, program.input.height, program.input.width, program.channels};
  const int bytes = canvas.height * canvas.width * canvas.channels;
  const std::int64_t id = task.ids[i];
  for (int at = team.index(); at < bytes; at += team.size()) first[at] = task.images[id * bytes + at];
  team.wait();
  augment::SampleKey key = task.key;
  key.sample = static_cast<std::uint32_t>(id);
  augment::run(program, key, canvas, team);
  augment::shrink(canvas, task.size, team);
  const int values = canvas.height * canvas.width * canvas.channels;
  for (int at = team.index(); at < values; at += team.size())
    task.out[i * values + at] = task.table[at % canvas.channels * levels + canvas.pixels[at]];
  team.wait();
}

#ifdef RESLAB_HAS_CUDA
/// Makes `count` images on the current stream of the current CUDA device.
void make_images_on_cuda(const ImageTask<float>& task, std::int64_t count);
void make_images_on_cuda(const ImageTask<c10::BFloat16>& task, std::int64_t count);
#endif

}  // namespace reslab::data
