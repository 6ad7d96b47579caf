// Images under affine maps: rotated, sheared, scaled, moved.
//
// Each pixel of the result takes its value from where the map sends its centre, in pixels from the top left corner (a
// pixel's centre lies at a half). If that is outside the image, it gets the fill colour. Otherwise `nearest` takes the
// pixel that covers the place, and `bilinear` the mean of the four pixels about it, by their distances; at the image's
// edge the outermost pixels stand for those beyond.
//
//   augment::warp(image, augment::turn_about_centre({image.height, image.width}, 30), Interpolation::bilinear, colour);
//
// Definition: Pillow's Image.transform(size, AFFINE, map, resample, fillcolor). `nearest` gives its values (places are
// rounded to 1/65536 pixel in both); `bilinear` differs by 1 at most, since Pillow cuts the fraction off and this
// rounds.
#pragma once

#include <array>
#include <string_view>

#include "reslab/augment/policy.h"

namespace reslab::augment {

enum class Interpolation { nearest, bilinear };

/// Of its name. Throws UserError for another name, mentioning `key`.
Interpolation interpolation_of(std::string_view name, std::string_view key);

/// From a place (x, y) in the result to (xx · x + xy · y + x0, yx · x + yy · y + y0) in the image.
struct AffineMap {
  double xx = 1, xy = 0, x0 = 0;
  double yx = 0, yy = 1, y0 = 0;
};

/// What turns an image of size `size` about its middle, anticlockwise. degrees: finite.
AffineMap turn_about_centre(Size size, double degrees);

/// The image keeps its size. colour: of its channels. The map's numbers are below 2²⁰.
void warp(Image& image, const AffineMap& map, Interpolation interpolation,
          const std::array<std::uint8_t, most_channels>& colour);

}  // namespace reslab::augment
