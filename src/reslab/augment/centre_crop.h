// Cuts a window of height × width out of the image's middle.
//
// Of an odd number of rows left over the extra one goes where it makes the rows above an even number; columns likewise.
//
//   augment::CentreCrop crop({.height = 224, .width = 224});
//
// Definition: torchvision's CenterCrop (its offsets are rounded to the nearest whole number, of two to the even one).
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

struct CentreCropOptions {
  std::int64_t height = 224, width = 224;  ///< pixels, in [1, largest_side]
};

class CentreCrop final : public Policy {
 public:
  /// Throws UserError when an option is out of range.
  explicit CentreCrop(const CentreCropOptions& options = {});

  std::string_view name() const override { return "centre_crop"; }

  /// Throws UserError when the image is smaller than the window.
  void apply(Image& image, core::Random& random) const override;

  /// Throws UserError when a known input is smaller than the window.
  std::optional<Size> output_size(std::optional<Size> input) const override;

 private:
  Size size_;
};

}  // namespace reslab::augment
