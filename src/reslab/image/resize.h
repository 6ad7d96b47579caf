// Resizing with antialiasing: each new pixel is the mean of the old ones around it, weighted by a filter that is as
// wide as the reduction asks for. The results are Pillow's, bit for bit, whatever the processor and the number of
// threads.
//
//   image::resize(picture, {.height = 224, .width = 224});
//   image::resize(picture, size, {.box = {.left = 10.5F, .top = 3, .right = 90, .bottom = 83}});  // a crop, resized,
//   in one step image::fit(picture, size, image::Fit::pad);
//
// All functions are pure and may be called from any thread; each works on one thread.
//
// Source: the method of Pillow's Image.resize(size, resample, box) for 8-bit images, version 13.0.0: across, then down,
// or the other way round where that takes more rows away; weights normalised in float64, then rounded to 22 bits; each
// pass rounded to 8 bits. Up to version 12 Pillow always went across first: some pixels then differ by a level. The
// filters are the triangle, and Keys' cubic with a = −0.5 (R. Keys, "Cubic convolution interpolation for digital image
// processing", IEEE TASSP 29(6), 1981).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "reslab/augment/policy.h"

namespace reslab::image {

enum class Interpolation : std::uint8_t { bilinear, bicubic };

/// A rectangle in pixels of an image; pixel (row, column) covers [column, column + 1) × [row, row + 1).
struct Box {
  float left = 0, top = 0, right = 0, bottom = 0;
};

struct ResizeOptions {
  Interpolation interpolation = Interpolation::bilinear;
  /// The part that becomes the new image; all of it where there is none. Requires: within the image, left < right,
  /// top < bottom. Nothing outside of it is looked at.
  std::optional<Box> box = {};
};

/// `image` has 1 or 3 channels and at least one pixel; `size` at least 1 × 1.
augment::Image resize(const augment::Image& image, augment::Size size, const ResizeOptions& options = {});

/// What becomes of a picture whose sides have another ratio than the network's.
enum class Fit : std::uint8_t {
  crop,     ///< the shorter side to size, then the centre: what sticks out is cut off
  pad,      ///< the longer side to size, in the middle of a ground of one colour
  stretch,  ///< each side to size: round things become oval
};

struct FitOptions {
  Interpolation interpolation = Interpolation::bilinear;
  std::array<std::uint8_t, 3> colour{0, 0, 0};  ///< of the ground, for pad; the first one alone for 1 channel
  /// For crop: the part of the side that is kept, in (0, 1]; 0.875 is "resize to 256, crop 224" in one step.
  double share = 1;
};

/// As Pillow's ImageOps.fit (crop), ImageOps.pad (pad) and Image.resize (stretch).
augment::Image fit(const augment::Image& image, augment::Size size, Fit fit, const FitOptions& options = {});

/// The largest box of the ratio of `size` around the centre of an image, its sides multiplied by `share`, in (0, 1].
Box centre_box(augment::Size image, augment::Size size, double share = 1);

/// The largest size of the ratio of `image` that goes into `size`, each side rounded to the nearest pixel, at least 1.
augment::Size contained(augment::Size image, augment::Size size);

}  // namespace reslab::image
