// Changes of tone that are a table of 256 values for each channel.
//
// Definition: Pillow's ImageOps functions of these names, with their rounding. Results equal Pillow's.
#pragma once

#include "reslab/augment/policy.h"

namespace reslab::augment {

/// Stretches each channel so that its smallest value becomes 0 and its largest 255.
void stretch_contrast(Image& image);

/// Makes each channel's values about equally frequent.
void equalize(Image& image);

/// Keeps the uppermost `bits` of every value, in [1, 8].
void posterize(Image& image, int bits);

/// Turns values from `threshold` on into 255 minus themselves.
void solarize(Image& image, int threshold);

}  // namespace reslab::augment
