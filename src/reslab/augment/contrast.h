// Moves each value away from the image's mean grey, or towards it.
//
//   x ← m + f · (x − m), rounded to the nearest whole number and held within 0 … 255, with f uniform in
//   [max(0, 1 − s), 1 + s) and m the mean over the pixels of 0.2989 R + 0.587 G + 0.114 B, or, of images that don't
//   have three channels, over all values
//
//   augment::Contrast contrast({.strength = 0.2});
//
// Draws: the factor.
// Definition: as torchvision's ColorJitter has it, but for the rounding (it cuts the fraction off); the weights of the
// colours are ITU-R BT.601's.
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

struct ContrastOptions {
  double strength = 0.2;  ///< s, in [0, 1]; 0 leaves the image as it is
};

class Contrast final : public Policy {
 public:
  /// Throws UserError when the strength is out of range.
  explicit Contrast(const ContrastOptions& options = {});

  std::string_view name() const override { return "contrast"; }
  void apply(Image& image, core::Random& random) const override;
  std::optional<Instruction> instruction() const override {
    return Instruction{.kind = Instruction::Kind::contrast, .strength = strength_};
  }

 private:
  float strength_;
};

}  // namespace reslab::augment
