// What is done to an image before a network sees it at evaluation. Training's own evaluation, explanation, prediction
// and export all do the same, which is why it stands in the metadata of the weights.
//
// First the image is brought to the network's size, in bytes, then its values become (pixel / 255 − mean) / std.
// Test-time augmentation and the schedule of image sizes are no part of it.
//
//   data::EvalTransform as_they_are{.normalizer = {mean, std}};        // images that all have the network's size
//   data::EvalTransform photographs{
//       .fit = {.kind = data::FitKind::crop, .output = {224, 224}, .resize = 256}, .normalizer = {mean, std}};
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "reslab/augment/normalize.h"
#include "reslab/augment/policy.h"

namespace reslab::data {

/// What becomes of an image whose sides have another length or ratio than the network's. Everything is resized with
/// antialiasing (augment/resize.h).
enum class FitKind : std::uint8_t {
  none,    ///< the image stays as it is
  crop,    ///< the middle, at the scale that brings the shorter side to `resize`: what sticks out is cut off
  pad,     ///< as large as fits, in the middle of a ground of one colour
  stretch  ///< each side to its length: round things become oval
};

struct ImageFit {
  FitKind kind = FitKind::none;
  augment::Size output{};                                            ///< pixels; unused by none
  int resize = 0;                                                    ///< crop: at least both sides of `output`
  std::array<std::uint8_t, augment::most_channels> background = {};  ///< pad: of the ground, a value for each channel

  friend bool operator==(const ImageFit&, const ImageFit&) = default;
};

/// Size of the result for an image of size `input`; none where images of unlike sizes stay so.
std::optional<augment::Size> output_size(const ImageFit& fit, std::optional<augment::Size> input);

/// Brings `image`, of at least one pixel, to its size.
void fit_image(const ImageFit& fit, augment::Image& image);

struct EvalTransform {
  ImageFit fit = {};
  augment::Normalizer normalizer;  ///< of as many channels as the images
};

}  // namespace reslab::data
