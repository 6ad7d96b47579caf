#include "reslab/augment/horizontal_flip.h"

#include <algorithm>

#include "reslab/augment/check.h"

namespace reslab::augment {

HorizontalFlip::HorizontalFlip(const HorizontalFlipOptions& options)
    : probability_(checked_probability(options.probability, "horizontal_flip.probability")) {}

void HorizontalFlip::apply(Image& image, core::Random& random) const {
  if (random.chance(probability_)) mirror(image);
}

void mirror(Image& image) {
  for (int row = 0; row < image.height; ++row) {
    std::uint8_t* left = image.pixels.data() + image.offset(row, 0);
    std::uint8_t* right = image.pixels.data() + image.offset(row, image.width - 1);
    for (; left < right; left += image.channels, right -= image.channels)
      std::swap_ranges(left, left + image.channels, right);
  }
}

}  // namespace reslab::augment
