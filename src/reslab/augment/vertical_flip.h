// Mirrors the image top to bottom.
//
//   augment::VerticalFlip flip({.probability = 0.5});
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

struct VerticalFlipOptions {
  double probability = 0.5;  ///< in [0, 1]
};

class VerticalFlip final : public Policy {
 public:
  /// Throws UserError when an option is out of range.
  explicit VerticalFlip(const VerticalFlipOptions& options = {});

  std::string_view name() const override { return "vertical_flip"; }
  void apply(Image& image, core::Random& random) const override;

 private:
  double probability_;
};

}  // namespace reslab::augment
