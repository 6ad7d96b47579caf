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

  /// The image must be at least height × width.
  void apply(Image& image, core::Random& random) const override;

  /// Throws UserError when the input is smaller than the window, or when only some images would be cut (probability
  /// between 0 and 1), so that sizes would differ.
  Size output_size(Size input) const override;
  std::optional<Instruction> instruction() const override {
    return Instruction{.kind = Instruction::Kind::random_crop, .probability = probability_, .size = size_};
  }

 private:
  Size size_;
  double probability_;
};

}  // namespace reslab::augment
