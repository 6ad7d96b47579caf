// The network with which a training begins.
#pragma once

#include <c10/core/Device.h>

#include <memory>

#include "reslab/models/network.h"
#include "reslab/recipe/recipe.h"
#include "reslab/train/training_data.h"

namespace reslab::train {

struct InitialNetwork {
  std::shared_ptr<models::Network> network;
  double fit_seconds = 0;  ///< what the layers that are computed from images took; 0 without such layers
};

/// Makes the recipe's network, draws its parameters, computes the layers that depend on the training images, and moves
/// it to `device`. Throws UserError where the images of some epoch, in the size they have then, don't fit the network.
InitialNetwork make_initial_network(const recipe::Recipe& recipe, const TrainingData& split, const c10::Device& device);

}  // namespace reslab::train
