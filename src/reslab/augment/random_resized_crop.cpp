#include "reslab/augment/random_resized_crop.h"

#include <algorithm>
#include <cmath>

#include "reslab/augment/check.h"
#include "reslab/augment/elementary.h"
#include "reslab/augment/resize.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

// Draws a window's size; whether it fits into the image is left open.
Size draw_size(double area, double log_ratio) {
  const double ratio = exponential(log_ratio);
  return {static_cast<int>(std::rint(std::sqrt(area / ratio))), static_cast<int>(std::rint(std::sqrt(area * ratio)))};
}

Window place(Size size, Size image, core::Random& random) {
  const auto top = static_cast<int>(random.below(static_cast<std::uint32_t>(image.height - size.height + 1)));
  const auto left = static_cast<int>(random.below(static_cast<std::uint32_t>(image.width - size.width + 1)));
  return {.top = top, .left = left, .size = size};
}

double uniform_in(double low, double high, core::Random& random) {
  return low + (high - low) * static_cast<double>(random.uniform());
}

}  // namespace

RandomResizedCrop::RandomResizedCrop(const RandomResizedCropOptions& options)
    : size_{checked_side(options.height, "random_resized_crop.height"),
            checked_side(options.width, "random_resized_crop.width")},
      options_(options) {
  check_range({options.least_area, options.most_area}, {0.0001, 1}, "random_resized_crop", "area");
  check_range({options.least_ratio, options.most_ratio}, {0.01, 100}, "random_resized_crop", "ratio");
  least_log_ratio_ = logarithm(options.least_ratio);
  most_log_ratio_ = logarithm(options.most_ratio);
}

Window RandomResizedCrop::window(Size image, core::Random& random) const {
  constexpr int tries = 10;
  const double pixels = static_cast<double>(image.height) * image.width;
  for (int i = 0; i < tries; ++i) {
    const double area = pixels * uniform_in(options_.least_area, options_.most_area, random);
    const Size size = draw_size(area, uniform_in(least_log_ratio_, most_log_ratio_, random));
    if (size.height >= 1 && size.width >= 1 && size.height <= image.height && size.width <= image.width)
      return place(size, image, random);
  }
  Size size = image;
  const double ratio = static_cast<double>(image.width) / image.height;
  if (ratio < options_.least_ratio)
    size.height = static_cast<int>(std::rint(image.width / options_.least_ratio));
  else if (ratio > options_.most_ratio)
    size.width = static_cast<int>(std::rint(image.height * options_.most_ratio));
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
