// Makes an image smaller by averaging areas.
//
// Each pixel of the result is the mean over the rectangle that it covers in the image, pixels on its border counting by
// the share of them that lies inside; rounded to the nearest whole number.
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

/// `size` at most the image's own, at least 1 × 1. Equal: nothing happens.
void shrink(Image& image, Size size);

}  // namespace reslab::augment
