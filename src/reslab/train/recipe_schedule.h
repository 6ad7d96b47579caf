// The schedule that a recipe asks for.
//
//   const std::int64_t steps = recipe.epochs * steps_per_epoch(recipe, dataset.size());
//   const auto schedule = make_schedule(recipe, steps);
#pragma once

#include <cstdint>
#include <memory>

#include "reslab/schedule/schedule.h"
#include "reslab/train/recipe.h"

namespace reslab::train {

/// Batches of an epoch over `samples` ≥ 1 training samples (without those held out). At least 1 unless data.drop_last.
std::int64_t batches_per_epoch(const Recipe& recipe, std::int64_t samples);

/// Optimiser steps of an epoch: batches ÷ optimizer.accumulate, rounded up, for an epoch's last batches make a step of
/// their own.
std::int64_t steps_per_epoch(const Recipe& recipe, std::int64_t samples);

/// `total_steps` in optimiser steps, ≥ 1. The recipe must have passed check_recipe.
std::unique_ptr<schedule::Schedule> make_schedule(const Recipe& recipe, std::int64_t total_steps);

}  // namespace reslab::train
