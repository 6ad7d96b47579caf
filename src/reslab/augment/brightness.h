// Makes the image brighter or darker: each value times a factor.
//
//   x ← f · x, rounded to the nearest whole number and held within 0 … 255, with f uniform in [max(0, 1 − s), 1 + s)
//
//   augment::Brightness brightness({.strength = 0.2});
//
// Draws: the factor.
// Definition: as torchvision's ColorJitter has it, but for the rounding (it cuts the fraction off).
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

struct BrightnessOptions {
  double strength = 0.2;  ///< s, in [0, 1]; 0 leaves the image as it is
};

class Brightness final : public Policy {
 public:
  /// Throws UserError when the strength is out of range.
  explicit Brightness(const BrightnessOptions& options = {});

  std::string_view name() const override { return "brightness"; }
  void apply(Image& image, core::Random& random) const override;
  std::optional<Instruction> instruction() const override {
    return Instruction{.kind = Instruction::Kind::brightness, .strength = strength_};
  }

 private:
  float strength_;
};

}  // namespace reslab::augment
