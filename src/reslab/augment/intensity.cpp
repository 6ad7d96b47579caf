#include "reslab/augment/intensity.h"

#include <numeric>

namespace reslab::augment {
namespace {

// The sums of every third value from the first, the second and the third on.
std::array<std::uint64_t, 3> sums_of_three(const std::vector<std::uint8_t>& values) {
  constexpr std::size_t block = 48;  // sums in the compiler's vectors
  std::array<std::uint64_t, 3> sums{};
  std::size_t i = 0;
  while (i + block <= values.size()) {
    std::array<std::uint32_t, block> partial{};
    // 255 · 65,536 values fit into 32 bits.
    for (int blocks = 0; blocks < 65'536 && i + block <= values.size(); ++blocks, i += block)
      for (std::size_t place = 0; place < block; ++place) partial[place] += values[i + place];
    for (std::size_t place = 0; place < block; ++place) sums[place % 3] += partial[place];
  }
  for (; i < values.size(); ++i) sums[i % 3] += values[i];
  return sums;
}

}  // namespace

void scale_values(Image& image, float factor, float offset) {
  std::array<std::uint8_t, 256> table;
  for (std::size_t value = 0; value < table.size(); ++value)
    table[value] = scaled_value(static_cast<std::uint8_t>(value), factor, offset);
  for (std::uint8_t& value : image.pixels) value = table[value];
}

float grey_of(const Image& image) {
  const std::size_t values = image.pixels.size();
  if (values == 0) return 0;
  std::array<std::uint64_t, 3> sums{};
  if (image.channels == 3)
    sums = sums_of_three(image.pixels);
  else
    sums[0] = std::accumulate(image.pixels.begin(), image.pixels.end(), std::uint64_t{0});
  return mean_grey(sums, image.channels, static_cast<std::int64_t>(values));
}

}  // namespace reslab::augment
