// Mirrors the image left to right.
//
//   augment::HorizontalFlip flip({.probability = 0.5});
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

/// Exchanges left and right.
void mirror(Image& image);

struct HorizontalFlipOptions {
  double probability = 0.5;  ///< in [0, 1]
};

class HorizontalFlip final : public Policy {
 public:
  /// Throws UserError when an option is out of range.
  explicit HorizontalFlip(const HorizontalFlipOptions& options = {});

  std::string_view name() const override { return "horizontal_flip"; }
  void apply(Image& image, core::Random& random) const override;
  std::optional<Instruction> instruction() const override {
    return Instruction{.kind = Instruction::Kind::horizontal_flip, .probability = probability_};
  }

 private:
  double probability_;
};

}  // namespace reslab::augment
