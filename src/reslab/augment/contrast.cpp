#include "reslab/augment/contrast.h"

#include <array>
#include <numeric>

#include "reslab/augment/check.h"
#include "reslab/augment/intensity.h"

namespace reslab::augment {

float grey_of(const Image& image) {
  const std::size_t values = image.pixels.size();
  if (values == 0) return 0;
  std::array<std::uint64_t, 3> sums{};
  if (image.channels == 3) {
    for (std::size_t i = 0; i < values; i += 3)
      for (std::size_t c = 0; c < 3; ++c) sums[c] += image.pixels[i + c];
  } else {
    sums[0] = std::accumulate(image.pixels.begin(), image.pixels.end(), std::uint64_t{0});
  }
  return mean_grey(sums, image.channels, static_cast<std::int64_t>(values));
}

Contrast::Contrast(const ContrastOptions& options)
    : strength_(static_cast<float>(checked_probability(options.strength, "contrast.strength"))) {}

void Contrast::apply(Image& image, core::Random& random) const {
  const float factor = intensity_factor(strength_, random);
  scale_values(image, factor, (1 - factor) * grey_of(image));
}

}  // namespace reslab::augment
