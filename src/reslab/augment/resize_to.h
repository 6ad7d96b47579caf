// Resizes the image, with antialiasing: resize.h.
//
// Either the shorter side becomes shorter_side and the longer one ⌊longer · shorter_side / shorter⌋, so that the
// proportions stay, or the image becomes height × width whatever its proportions.
//
//   augment::ResizeTo to_256;                                                     // the shorter side
//   augment::ResizeTo exactly({.shorter_side = 0, .height = 224, .width = 224});
//
// Definition: torchvision's Resize of Pillow images, with one number or two.
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

struct ResizeToOptions {
  std::int64_t shorter_side = 256;     ///< pixels, in [1, largest_side]; 0 where height and width are given
  std::int64_t height = 0, width = 0;  ///< pixels, in [1, largest_side]; 0 where shorter_side is given
};

class ResizeTo final : public Policy {
 public:
  /// Throws UserError when an option is out of range, and unless either shorter_side or height and width are given.
  explicit ResizeTo(const ResizeToOptions& options = {});

  std::string_view name() const override { return "resize"; }

  /// Throws UserError when the image's longer side would become larger than largest_side.
  void apply(Image& image, core::Random& random) const override;
  bool takes_any_size() const override { return shorter_side_ == 0; }
  std::optional<Size> output_size(std::optional<Size> input) const override;

 private:
  Size result_of(Size input) const;

  int shorter_side_ = 0;
  Size size_{};  // where shorter_side_ is 0
};

}  // namespace reslab::augment
