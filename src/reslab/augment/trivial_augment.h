// Changes each image by one operation of random strength, without any setting that would have to be tuned.
//
// The operation is drawn from fourteen, equally likely: identity, shear along the rows and along the columns, moving
// right and down, rotation, brightness, saturation ("color"), contrast, sharpness, posterize, solarize, autocontrast,
// equalize. Its strength m is one of 31 steps b = 0 … 30, equally likely, and where it has a direction, either is:
//   shears by ±0.99 b/30 rows a column; movements by ±⌊32 b/30⌋ pixels; rotation by ±135 b/30 degrees;
//   brightness, saturation, contrast and sharpness with the factor 1 ± 0.99 b/30;
//   posterize to 8 − ⌊(b + 2) / 5⌋ bits (8 … 2); solarize from 255 (1 − b/30) on
// Shears leave the top left corner where it is. Grey images and others without three channels have no saturation.
//
//   augment::TrivialAugment trivial_augment;
//
// Draws: the operation, the step, the direction.
// Definition: Müller and Hutter, "TrivialAugment: tuning-free yet state-of-the-art data augmentation", ICCV 2021,
// arXiv 2103.10158, with the wide space of table 1, as torchvision's TrivialAugmentWide has it. Its operations are
// Pillow's but for the rounding that enhance.h and warp.h name.
#pragma once

#include "reslab/augment/colour.h"
#include "reslab/augment/policy.h"
#include "reslab/augment/warp.h"

namespace reslab::augment {

struct TrivialAugmentOptions {
  Interpolation interpolation = Interpolation::nearest;
  std::vector<std::int64_t> fill = {};  ///< colour, in [0, 255]: a value for each channel, one for all, or none for 0
};

class TrivialAugment final : public Policy {
 public:
  enum class Operation : std::uint8_t {
    identity,
    shear_x,
    shear_y,
    translate_x,
    translate_y,
    rotate,
    brightness,
    color,
    contrast,
    sharpness,
    posterize,
    solarize,
    autocontrast,
    equalize,
  };
  static constexpr int operations = 14;
  static constexpr int steps = 31;

  /// Throws UserError when an option is out of range.
  explicit TrivialAugment(const TrivialAugmentOptions& options = {});

  std::string_view name() const override { return "trivial_augment"; }

  /// Throws UserError when the colour has another number of channels than the image.
  void apply(Image& image, core::Random& random) const override;

  /// One operation. step: in [0, steps); backwards: the other direction, where the operation has one.
  void apply(Image& image, Operation operation, int step, bool backwards) const;

 private:
  Interpolation interpolation_;
  Colour fill_;
};

}  // namespace reslab::augment
