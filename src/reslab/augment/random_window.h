// Windows of random area and proportions: what random_resized_crop cuts out and random_erasing paints over.
#pragma once

#include "reslab/augment/check.h"
#include "reslab/augment/cut.h"

namespace reslab::augment {

/// Where areas and ratios come from.
class WindowShapes {
 public:
  /// area: of the image's, in [1/10,000, 1]. ratio: width over height, in [1/100, 100]. Throws UserError when a range
  /// is empty or goes beyond, naming the policy's keys least_area, most_area, least_ratio and most_ratio.
  WindowShapes(const Range& area, const Range& ratio, std::string_view policy);

  /// Draws the area, uniformly, and the ratio, its logarithm uniformly. The sides are rounded to whole pixels: they can
  /// be 0 or longer than the image's.
  Size draw(Size image, core::Random& random) const;

  double least_area() const { return area_.least; }

 private:
  Range area_, log_ratio_;
};

/// A window of that size, no larger than the image: draws its top and then its left edge, every place equally likely.
Window placed(Size window, Size image, core::Random& random);

}  // namespace reslab::augment
