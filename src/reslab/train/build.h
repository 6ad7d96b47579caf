// From a recipe to what it names.
#pragma once

#include <memory>
#include <optional>

#include "reslab/augment/mix.h"
#include "reslab/augment/normalize.h"
#include "reslab/augment/policy.h"
#include "reslab/data/eval_transform.h"
#include "reslab/data/split.h"
#include "reslab/models/network.h"
#include "reslab/optim/averaging.h"
#include "reslab/optim/optimizer.h"
#include "reslab/recipe/recipe.h"
#include "reslab/recipe/schedule.h"

namespace reslab::train {

/// The recipe's network for the classes and channels of a data set, parameters not yet drawn.
std::shared_ptr<models::Network> build_network(const recipe::Recipe& recipe, const data::DatasetInfo& info);

/// Parameters that move together: an optimiser and its rates.
struct TrainedGroup {
  recipe::ParameterGroup group = recipe::ParameterGroup::rest;
  std::unique_ptr<optim::Optimizer> optimizer;
  std::unique_ptr<schedule::Schedule> schedule;
};

/// The groups of parameters that the recipe tells apart, at least one. The network must outlive them.
std::vector<TrainedGroup> build_groups(const recipe::Recipe& recipe, const models::Network& network,
                                       std::int64_t total_steps, std::int64_t steps_per_epoch);

/// The parameters of the layer optimizer.freeze; none where it is empty. Throws UserError where there is no such layer.
std::vector<at::Tensor> late_frozen_parameters(const recipe::Recipe& recipe, const models::Network& network);

/// The average of the weights that the recipe asks for, or null. The network must outlive it.
std::unique_ptr<optim::WeightAverage> build_average(const recipe::Recipe& recipe, const models::Network& network,
                                                    std::int64_t steps_per_epoch);

/// How pictures come to the network's size: none where the recipe gives no size.
data::ImageFit build_fit(const recipe::Recipe& recipe);

/// Size of the images as the network gets them at evaluation, in pixels. Throws UserError where they have different
/// sizes and the recipe gives none.
augment::Size network_size(const recipe::Recipe& recipe, const data::DatasetInfo& info);

/// The shorter side, in pixels, that training pictures need not exceed before a pipeline that takes them in any size
/// gets them; nothing where the recipe's doesn't, so that they are fitted first.
std::optional<int> least_side(const recipe::Recipe& recipe);

/// What is done to images at evaluation: by the recipe's mean and std, or those of `train`, the whole training set,
/// where it gives none.
data::EvalTransform build_transform(const recipe::Recipe& recipe, const data::Split& train);

/// The recipe's augmentation. Cutout fills its holes with the normaliser's mean, which is 0 after normalising.
std::shared_ptr<const augment::Pipeline> build_pipeline(const recipe::Recipe& recipe,
                                                        const augment::Normalizer& normalizer);

/// How training batches are mixed; nothing where they aren't.
std::optional<augment::MixOptions> build_mix(const recipe::Recipe& recipe);

}  // namespace reslab::train
