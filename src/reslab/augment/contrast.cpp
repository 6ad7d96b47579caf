#include "reslab/augment/contrast.h"

#include <array>
#include <numeric>

#include "reslab/augment/check.h"
#include "reslab/augment/intensity.h"

namespace reslab::augment {
namespace {

constexpr std::array<double, 3> grey_of_colours{0.2989, 0.587, 0.114};

float mean_grey(const Image& image) {
  const std::size_t values = image.pixels.size();
  if (values == 0) return 0;
  if (image.channels != 3)
    return static_cast<float>(
        static_cast<double>(std::accumulate(image.pixels.begin(), image.pixels.end(), std::uint64_t{0})) /
        static_cast<double>(values));
  std::array<std::uint64_t, 3> sums{};
  for (std::size_t i = 0; i < values; i += 3)
    for (std::size_t c = 0; c < 3; ++c) sums[c] += image.pixels[i + c];
  double grey = 0;
  for (std::size_t c = 0; c < 3; ++c) grey += grey_of_colours[c] * static_cast<double>(sums[c]);
  return static_cast<float>(grey / (static_cast<double>(values) / 3));
}

}  // namespace

Contrast::Contrast(const ContrastOptions& options)
    : strength_(static_cast<float>(checked_probability(options.strength, "contrast.strength"))) {}

void Contrast::apply(Image& image, core::Random& random) const {
  const float factor = intensity_factor(strength_, random);
  scale_values(image, factor, (1 - factor) * mean_grey(image));
}

}  // namespace reslab::augment
