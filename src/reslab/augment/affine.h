// Turns the image about its middle, scales, shears and moves it, all by random amounts: warp.h. The image keeps its
// size; where nothing was there is the fill colour.
//
// The image is sheared first, along its rows and then along its columns, then scaled, turned clockwise and moved by
// whole pixels. Angles are uniform in [−degrees, degrees) and [−shear, shear), movements in [−translation, translation)
// of the image's sides, and the scale in [least_scale, most_scale).
//
//   augment::Affine affine({.degrees = 10, .translation = 0.1, .least_scale = 0.9, .most_scale = 1.1});
//
// Draws: chance, the angle, the movements along x and y, the scale, the shears along x and y.
// Definition: torchvision's RandomAffine, whose movements along x and y, and shears, may have limits of their own.
#pragma once

#include "reslab/augment/colour.h"
#include "reslab/augment/policy.h"
#include "reslab/augment/warp.h"

namespace reslab::augment {

struct AffineOptions {
  double degrees = 0;                          ///< of turning, in [0, 180]
  double translation = 0.1;                    ///< share of a side, in [0, 1]
  double least_scale = 0.9, most_scale = 1.1;  ///< 1/10 ≤ least ≤ most ≤ 10
  double shear_x = 0, shear_y = 0;             ///< degrees, in [0, 80]
  double probability = 1;                      ///< in [0, 1]
  Interpolation interpolation = Interpolation::bilinear;
  std::vector<std::int64_t> fill = {};  ///< colour, in [0, 255]: a value for each channel, one for all, or none for 0
};

/// What one image gets.
struct AffineParameters {
  double degrees = 0;               ///< clockwise
  int right = 0, down = 0;          ///< pixels
  double scale = 1;                 ///< above 0; 2 shows everything twice as large
  double shear_x = 0, shear_y = 0;  ///< degrees, within ±80
};

/// The map of these parameters for images of size `size`.
AffineMap affine_map(Size size, const AffineParameters& parameters);

class Affine final : public Policy {
 public:
  /// Throws UserError when an option is out of range.
  explicit Affine(const AffineOptions& options = {});

  std::string_view name() const override { return "affine"; }

  /// Throws UserError when the colour has another number of channels than the image.
  void apply(Image& image, core::Random& random) const override;

 private:
  AffineParameters draw(Size size, core::Random& random) const;

  AffineOptions options_;
  Colour fill_;
};

}  // namespace reslab::augment
