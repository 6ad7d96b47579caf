#include "reslab/augment/contrast.h"

#include "reslab/augment/check.h"
#include "reslab/augment/intensity.h"

namespace reslab::augment {
namespace {

constexpr std::array<double, 3> grey_of_colours{0.2989, 0.587, 0.114};

float mean_grey(const Image& image) {
  if (image.pixels.empty()) return 0;
  const bool coloured = image.channels == 3;
  double sum = 0;
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    sum += image.pixels[i] * (coloured ? grey_of_colours[i % 3] : 1);
  return static_cast<float>(sum / static_cast<double>(coloured ? image.pixels.size() / 3 : image.pixels.size()));
}

}  // namespace

Contrast::Contrast(const ContrastOptions& options)
    : strength_(static_cast<float>(checked_probability(options.strength, "contrast.strength"))) {}

void Contrast::apply(Image& image, core::Random& random) const {
  const float factor = intensity_factor(strength_, random);
  scale_values(image, factor, (1 - factor) * mean_grey(image));
}

}  // namespace reslab::augment
