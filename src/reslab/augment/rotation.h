// Turns the image about its middle by a random angle, uniform in [−degrees, degrees): warp.h. The image keeps its size;
// its corners are lost, and where nothing was there is the fill colour.
//
//   augment::Rotation rotation({.degrees = 15});
//
// Draws: chance, the angle.
// Definition: torchvision's RandomRotation, Pillow's Image.rotate.
#pragma once

#include "reslab/augment/colour.h"
#include "reslab/augment/policy.h"
#include "reslab/augment/warp.h"

namespace reslab::augment {

struct RotationOptions {
  double degrees = 15;     ///< in [0, 180]
  double probability = 1;  ///< in [0, 1]
  Interpolation interpolation = Interpolation::bilinear;
  std::vector<std::int64_t> fill = {};  ///< colour, in [0, 255]: a value for each channel, one for all, or none for 0
};

class Rotation final : public Policy {
 public:
  /// Throws UserError when an option is out of range.
  explicit Rotation(const RotationOptions& options = {});

  std::string_view name() const override { return "rotation"; }

  /// Throws UserError when the colour has another number of channels than the image.
  void apply(Image& image, core::Random& random) const override;

 private:
  float degrees_;
  double probability_;
  Interpolation interpolation_;
  Colour fill_;
};

}  // namespace reslab::augment
