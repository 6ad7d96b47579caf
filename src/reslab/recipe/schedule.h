// How many steps a recipe takes, and the schedule that it asks for.
//
//   const std::int64_t samples = training_samples(recipe, dataset.size());
//   const auto schedule = make_schedule(recipe, recipe.epochs * steps_per_epoch(recipe, samples));
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "reslab/data/sampler.h"
#include "reslab/recipe/recipe.h"
#include "reslab/schedule/schedule.h"

namespace reslab::recipe {

/// Samples that are trained on, of `all` in the training set: without those held out, and only those to be overfitted.
std::int64_t training_samples(const Recipe& recipe, std::int64_t all);

/// How an epoch over `samples` that are trained on is cut into batches; without shuffling, which changes no size.
data::SamplerOptions sampler_options(const Recipe& recipe, std::int64_t samples);

/// Batches of an epoch over `samples` that are trained on, ≥ 1. Throws UserError when there is no batch.
std::int64_t batches_per_epoch(const Recipe& recipe, std::int64_t samples);

/// Optimiser steps of an epoch: batches ÷ optimizer.accumulate, rounded up, for an epoch's last batches make a step of
/// their own.
std::int64_t steps_per_epoch(const Recipe& recipe, std::int64_t samples);

/// The groups of parameters that may move at rates of their own.
enum class ParameterGroup { rest, filters, norms, biases, head, whitening };

/// The highest learning rate of a group, before any schedule.
double highest_lr(const Recipe& recipe, ParameterGroup group);

/// The highest learning rate that the schedule gives a group. Under one_cycle schedule.max_lr stands for optimizer.lr,
/// and groups with a rate of their own keep their ratio to it.
double peak_lr(const Recipe& recipe, ParameterGroup group);

/// The schedule of one group. `steps_per_epoch` turns the recipe's epochs into steps.
std::unique_ptr<schedule::Schedule> make_schedule(const Recipe& recipe, ParameterGroup group, std::int64_t total_steps,
                                                  std::int64_t steps_per_epoch);

/// Steps in which the whitening layer's bias is trained.
std::int64_t whitening_steps(const Recipe& recipe, std::int64_t total_steps, std::int64_t steps_per_epoch);

/// The first step in which the layer optimizer.freeze is trained no more; total_steps where none is frozen.
std::int64_t freeze_step(const Recipe& recipe, std::int64_t total_steps, std::int64_t steps_per_epoch);

/// The training images' side in each epoch; empty: as they are. Throws UserError for what doesn't fit together.
std::vector<std::int64_t> sides_by_epoch(const Recipe& recipe);

/// The schedule of the recipe's leading group (recipe/learning_rate.h), which is what logs and plots show.
/// `total_steps` in optimiser steps, ≥ 1. The recipe must have passed check_recipe.
std::unique_ptr<schedule::Schedule> make_schedule(const Recipe& recipe, std::int64_t total_steps);

}  // namespace reslab::recipe
