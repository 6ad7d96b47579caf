// Resizes the image to height × width, whatever its proportions, with antialiasing: resize.h. The same as `resize` with
// height and width, under the name of what it does to the picture.
//
//   augment::Stretch stretch({.height = 224, .width = 224});
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

struct StretchOptions {
  std::int64_t height = 224, width = 224;  ///< pixels, in [1, largest_side]
};

class Stretch final : public Policy {
 public:
  /// Throws UserError when an option is out of range.
  explicit Stretch(const StretchOptions& options = {});

  std::string_view name() const override { return "stretch"; }
  void apply(Image& image, core::Random& random) const override;
  bool takes_any_size() const override { return true; }
  std::optional<Size> output_size(std::optional<Size> /*input*/) const override { return size_; }

 private:
  Size size_;
};

}  // namespace reslab::augment
