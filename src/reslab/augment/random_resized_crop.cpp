#include "reslab/augment/random_resized_crop.h"

#include <algorithm>
#include <cmath>

#include "reslab/augment/check.h"
#include "reslab/augment/resize.h"
#include "reslab/core/error.h"

namespace reslab::augment {
RandomResizedCrop::RandomResizedCrop(const RandomResizedCropOptions& options)
    : size_{checked_side(options.height, "random_resized_crop.height"),
            checked_side(options.width, "random_resized_crop.width")},
      shapes_({options.least_area, options.most_area}, {options.least_ratio, options.most_ratio}, name()),
      ratio_{options.least_ratio, options.most_ratio} {}

Window RandomResizedCrop::window(Size image, core::Random& random) const {
  constexpr int tries = 10;
  for (int i = 0; i < tries; ++i) {
    const Size size = shapes_.draw(image, random);
    if (size.height >= 1 && size.width >= 1 && size.height <= image.height && size.width <= image.width)
      return placed(size, image, random);
  }
  Size size = image;
  const double ratio = static_cast<double>(image.width) / image.height;
  if (ratio < ratio_.least)
    size.height = static_cast<int>(std::rint(image.width / ratio_.least));
  else if (ratio > ratio_.most)
    size.width = static_cast<int>(std::rint(image.height * ratio_.most));
  size = {std::clamp(size.height, 1, image.height), std::clamp(size.width, 1, image.width)};
  return {.top = (image.height - size.height) / 2, .left = (image.width - size.width) / 2, .size = size};
}

void RandomResizedCrop::apply(Image& image, core::Random& random) const {
  RESLAB_ASSERT(image.height >= 1 && image.width >= 1);
  const Window chosen = window({image.height, image.width}, random);
  Image result;
  resize(image, box_of(chosen), size_, result);
  image = std::move(result);
}

}  // namespace reslab::augment
