// One image of a data set, as it is stored: true colours, whatever the network is given.
#pragma once

#include "reslab/augment/policy.h"
#include "reslab/data/dataset.h"

namespace reslab::data {

/// A copy of the image at `index`, in [0, dataset.size()), with the data set's channels.
augment::Image image_at(const Dataset& dataset, std::int64_t index);

}  // namespace reslab::data
