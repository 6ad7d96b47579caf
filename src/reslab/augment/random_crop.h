// Cuts a window of height × width out of the image, every position equally likely.
//
//   augment::RandomCrop crop({.height = 32, .width = 32});
//
// Draws: chance, top, left.
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

struct RandomCropOptions {
  std::int64_t height = 32, width = 32;  ///< pixels, in [1, largest_side]
  double probability = 1;                ///< in [0, 1]
};

class RandomCrop final : public Policy {
 public:
  /// Throws UserError when an option is out of range.
  explicit RandomCrop(const RandomCropOptions& options = {});

  std::string_view name() const override { return "random_crop"; }

  /// Throws UserError when the image is smaller than the window.
  void apply(Image& image, core::Random& random) const override;

  /// Throws UserError when a known input is smaller than the window, or when only some images of a known size would be
  /// cut (probability between 0 and 1).
  std::optional<Size> output_size(std::optional<Size> input) const override;
  std::optional<Instruction> instruction() const override {
    return Instruction{.kind = Instruction::Kind::random_crop, .probability = probability_, .size = size_};
  }

 private:
  Size size_;
  double probability_;
};

}  // namespace reslab::augment
