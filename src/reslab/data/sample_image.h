// One sample of a data set as the image that augmentation, galleries and reports work on.
#pragma once

#include "reslab/augment/policy.h"
#include "reslab/data/dataset.h"

namespace reslab::data {

/// The image of sample `index`, in [0, dataset.size()), copied.
augment::Image image_at(const Dataset& dataset, std::int64_t index);

}  // namespace reslab::data
