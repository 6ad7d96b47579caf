#include "reslab/augment/stretch.h"

#include "reslab/augment/check.h"
#include "reslab/augment/resize.h"

namespace reslab::augment {

Stretch::Stretch(const StretchOptions& options)
    : size_{checked_side(options.height, "stretch.height"), checked_side(options.width, "stretch.width")} {}

void Stretch::apply(Image& image, core::Random& /*random*/) const { resize(image, size_); }

}  // namespace reslab::augment
