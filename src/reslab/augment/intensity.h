// What policies that change intensities share.
#pragma once

#include "reslab/augment/formulas.h"
#include "reslab/augment/policy.h"

namespace reslab::augment {

/// Every value x becomes factor · x + offset: scaled_value().
void scale_values(Image& image, float factor, float offset);

/// The image's mean_grey(); 0 of an image without pixels.
float grey_of(const Image& image);

}  // namespace reslab::augment
