// `reslab train RECIPE --repeats N`: seeds 1 to N, one run each, and what they say together.
#pragma once

#include "reslab/cli/training.h"

namespace reslab::cli {

/// Trains the recipe with the seeds 1 to `repeats` (≥ 1) in runs seed-1, seed-2, … of the folder `name` ("" for one by
/// time and recipe) among the runs. What is finished there already stays, what was interrupted goes on: the same
/// command after an interruption completes the campaign. Writes campaign.csv after every seed and prints mean,
/// deviation and the 95 % interval. With `dry_run` it prints the plan of the first seed after the same checks, and
/// makes nothing.
core::ExitCode run_repeats(const recipe::Recipe& recipe, const TrainingFlags& flags, const std::string& name,
                           std::int64_t repeats, bool dry_run = false);

}  // namespace reslab::cli
