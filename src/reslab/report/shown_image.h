// Samples as pictures and reports show them: in colour, and as the network gets them, so that maps lie over what they
// tell of, and photographs stay small.
#pragma once

#include "reslab/data/split.h"

namespace reslab::report {

/// The sample at `place` after `fit`, with 3 channels; grey is repeated.
augment::Image shown_image(const data::Split& split, std::int64_t place, const data::ImageFit& fit);

/// The side of the square that a pixel becomes in galleries: 4 for CIFAR-10's images, 1 for those of 128 pixels and
/// more.
int shown_scale(const data::Split& split, const data::ImageFit& fit);

}  // namespace reslab::report
