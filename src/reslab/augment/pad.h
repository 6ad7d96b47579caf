// Pads images smaller than height × width by reflection; others stay as they are.
//
// The missing rows are split evenly between top and bottom, an odd one goes to the bottom; columns likewise, an odd one
// to the right. The border mirrors the image without repeating its edge (d c b | a b c d | c b a), again and again
// where the border is wider than the image; a side of one pixel is repeated.
//
//   augment::Pad pad({.height = 36, .width = 36});
//
// Definition: albumentations' PadIfNeeded with its default border, OpenCV's BORDER_REFLECT_101.
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

struct PadOptions {
  std::int64_t height = 36, width = 36;  ///< pixels, in [1, largest_side]
  double probability = 1;                ///< in [0, 1]
};

class Pad final : public Policy {
 public:
  /// Throws UserError when an option is out of range.
  explicit Pad(const PadOptions& options = {});

  std::string_view name() const override { return "pad"; }
  void apply(Image& image, core::Random& random) const override;

  /// Throws UserError when only some images of a known size would be padded (probability between 0 and 1).
  std::optional<Size> output_size(std::optional<Size> input) const override;
  std::optional<Instruction> instruction() const override {
    return Instruction{.kind = Instruction::Kind::pad, .probability = probability_, .size = size_};
  }

 private:
  Size size_;
  double probability_;
};

}  // namespace reslab::augment
