// Cuts out a window of random area and proportions and resizes it to height × width, with antialiasing: resize.h.
//
// The window's area is uniform in [least_area, most_area] of the image's, and the logarithm of its width over its
// height uniform between those of least_ratio and most_ratio; its sides are rounded to whole pixels. If it fits into
// the image, every position is equally likely. If it doesn't in ten tries, it is the largest window in the image's
// middle with proportions in range.
//
//   augment::RandomResizedCrop crop({.height = 224, .width = 224});
//
// Draws: area and ratio for each try, top, left.
// Definition: Szegedy et al., "Going deeper with convolutions", CVPR 2015, section 6, as torchvision's
// RandomResizedCrop has it, which cuts first, so that at the window's edges its antialiasing doesn't see the pixels
// just outside; here it does, as with Pillow's `box`.
#pragma once

#include <cmath>

#include "reslab/augment/cut.h"
#include "reslab/augment/policy.h"
#include "reslab/augment/random_window.h"

namespace reslab::augment {

struct RandomResizedCropOptions {
  std::int64_t height = 224, width = 224;           ///< pixels, in [1, largest_side]
  double least_area = 0.08, most_area = 1;          ///< of the image's area, 1/10,000 ≤ least ≤ most ≤ 1
  double least_ratio = 0.75, most_ratio = 4.0 / 3;  ///< width over height, 1/100 ≤ least ≤ most ≤ 100
};

class RandomResizedCrop final : public Policy {
 public:
  /// Throws UserError when an option is out of range.
  explicit RandomResizedCrop(const RandomResizedCropOptions& options = {});

  std::string_view name() const override { return "random_resized_crop"; }
  void apply(Image& image, core::Random& random) const override;
  bool takes_any_size() const override { return true; }
  std::optional<Size> output_size(std::optional<Size> /*input*/) const override { return size_; }
  double magnification() const override { return 1 / std::sqrt(shapes_.least_area()); }

  /// What apply() cuts out of an image of size `image`, drawn as it draws it: a picture can be decoded so far alone.
  Window window(Size image, core::Random& random) const;

 private:
  Size size_;
  WindowShapes shapes_;
  Range ratio_;
};

}  // namespace reslab::augment
