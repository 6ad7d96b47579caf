// Chosen images of a data set as a network is given them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "reslab/data/batch_maker.h"

namespace reslab::explain {

/// The images at `places` of source.samples (at least one) in that order, normalised, not augmented:
/// [n, channels, height, width], fp32, CPU, channels-last.
at::Tensor sample_images(const data::BatchSource& source, std::span<const std::int64_t> places);

}  // namespace reslab::explain
