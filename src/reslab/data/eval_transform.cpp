#include "reslab/data/eval_transform.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "reslab/augment/colour.h"
#include "reslab/augment/resize.h"
#include "reslab/core/error.h"

namespace reslab::data {
namespace {

// The middle of the image that becomes the output: where the shorter side is resized to `resize`, so many of its
// pixels. Only this part is resized, so that an image of an extreme ratio costs no more than another.
void crop_middle(const ImageFit& fit, augment::Image& image) {
  const float scale = static_cast<float>(std::min(image.height, image.width)) / static_cast<float>(fit.resize);
  const float height = std::min(scale * static_cast<float>(fit.output.height), static_cast<float>(image.height));
  const float width = std::min(scale * static_cast<float>(fit.output.width), static_cast<float>(image.width));
  const float top = (static_cast<float>(image.height) - height) / 2,
              left = (static_cast<float>(image.width) - width) / 2;
  const augment::Box middle{.left = left,
                            .top = top,
                            .right = std::min(left + width, static_cast<float>(image.width)),
                            .bottom = std::min(top + height, static_cast<float>(image.height))};
  augment::Image cropped;
  augment::resize(image, middle, fit.output, cropped);
  image = std::move(cropped);
}

// The longer side, by the output's ratio, is the output's; the other keeps the image's ratio, rounded, at least 1.
augment::Size size_within(augment::Size image, augment::Size output) {
  const std::int64_t height = image.height, width = image.width;
  const auto shrunk = [](std::int64_t side, std::int64_t to, std::int64_t from) {
    return std::max(1, static_cast<int>((2 * side * to + from) / (2 * from)));
  };
  return height * output.width >= width * output.height
             ? augment::Size{output.height, shrunk(width, output.height, height)}
             : augment::Size{shrunk(height, output.width, width), output.width};
}

void pad_around(const ImageFit& fit, augment::Image& image) {
  augment::resize(image, size_within({image.height, image.width}, fit.output));
  augment::Image padded{.height = fit.output.height, .width = fit.output.width, .channels = image.channels};
  padded.pixels.resize(padded.offset(padded.height, 0));
  augment::paint(padded.pixels.data(), padded.height * padded.width, fit.background, image.channels);
  const int top = (padded.height - image.height) / 2, left = (padded.width - image.width) / 2;
  for (int row = 0; row < image.height; ++row)
    std::memcpy(padded.pixels.data() + padded.offset(top + row, left), image.pixels.data() + image.offset(row, 0),
                image.offset(0, image.width));
  image = std::move(padded);
}

}  // namespace

std::optional<augment::Size> output_size(const ImageFit& fit, std::optional<augment::Size> input) {
  return fit.kind == FitKind::none ? input : fit.output;
}

void fit_image(const ImageFit& fit, augment::Image& image) {
  switch (fit.kind) {
    case FitKind::none: return;
    case FitKind::crop: return crop_middle(fit, image);
    case FitKind::pad: return pad_around(fit, image);
    case FitKind::stretch: return augment::resize(image, fit.output);
  }
  RESLAB_ASSERT(false, "no such fit");
}

}  // namespace reslab::data
