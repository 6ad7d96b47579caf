// From a recipe to the parts that it names.
#pragma once

#include <memory>

#include "reslab/augment/normalize.h"
#include "reslab/augment/policy.h"
#include "reslab/data/dataset.h"
#include "reslab/models/network.h"
#include "reslab/optim/sgd.h"
#include "reslab/train/recipe.h"

namespace reslab::train {

/// The recipe's network for the classes and channels of `dataset`, parameters not yet drawn.
std::shared_ptr<models::Network> build_network(const Recipe& recipe, const data::Dataset& dataset);

/// The recipe's optimiser over all parameters of the network, which must outlive it.
std::unique_ptr<optim::Sgd> build_optimizer(const Recipe& recipe, const models::Network& network);

/// By the recipe's mean and std, or those of `train`, the whole training set, where it gives none.
augment::Normalizer build_normalizer(const Recipe& recipe, const data::Dataset& train);

/// The recipe's augmentation. Cutout fills its holes with the normaliser's mean, which is 0 after normalising.
std::shared_ptr<const augment::Pipeline> build_pipeline(const Recipe& recipe, const augment::Normalizer& normalizer);

}  // namespace reslab::train
