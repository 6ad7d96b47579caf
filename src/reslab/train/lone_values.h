// Whether batch normalisation can work on a training's smallest batch: a single value has no variance.
#pragma once

#include <cstdint>
#include <vector>

#include "reslab/augment/policy.h"
#include "reslab/core/required.h"
#include "reslab/models/network.h"
#include "reslab/recipe/recipe.h"

namespace reslab::train {

/// What the network is trained on.
struct TrainedImages {
  core::Required<std::int64_t> samples;  ///< of an epoch, before batches are limited
  core::Required<std::int64_t> channels;
  std::vector<augment::Size> sizes;  ///< pixels, of all epochs, in any order
};

/// Throws UserError, which names batch and layer, where a batch of one image meets a map of 1 × 1 pixels before a batch
/// normalisation. Runs the network on an image only where there is a batch of one.
void check_lone_values(models::Network& network, const recipe::Recipe& recipe, const TrainedImages& images);

}  // namespace reslab::train
