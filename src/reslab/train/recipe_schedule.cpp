#include "reslab/train/recipe_schedule.h"

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/data/sampler.h"
#include "reslab/schedule/constant.h"
#include "reslab/schedule/one_cycle.h"

namespace reslab::train {

std::int64_t training_samples(const Recipe& recipe, std::int64_t all) {
  const std::int64_t samples = all - recipe.data.holdout;
  if (recipe.data.overfit_batches == 0) return samples;
  return std::min(samples, recipe.data.overfit_batches * recipe.data.batch_size);
}

std::int64_t batches_per_epoch(const Recipe& recipe, std::int64_t samples) {
  return data::Sampler({.samples = samples,
                        .batch_size = recipe.data.batch_size,
                        .drop_last = recipe.data.drop_last,
                        .limit_batches = recipe.data.limit_batches})
      .batches();
}

std::int64_t steps_per_epoch(const Recipe& recipe, std::int64_t samples) {
  const std::int64_t group = recipe.optimizer.accumulate;
  return (batches_per_epoch(recipe, samples) + group - 1) / group;
}

std::unique_ptr<schedule::Schedule> make_schedule(const Recipe& recipe, std::int64_t total_steps) {
  const ScheduleOptions& options = recipe.schedule;
  if (options.name == "constant") {
    const schedule::Setting setting{.lr = recipe.optimizer.lr, .momentum = recipe.optimizer.momentum};
    return std::make_unique<schedule::Constant>(setting, total_steps);
  }
  RESLAB_ASSERT(options.name == "one_cycle", "no schedule for ", options.name);
  RESLAB_ASSERT(options.anneal == "cos" || options.anneal == "linear", "no curve for ", options.anneal);
  return std::make_unique<schedule::OneCycle>(
      schedule::OneCycleOptions{.total_steps = total_steps,
                                .max_lr = options.max_lr,
                                .pct_start = options.pct_start,
                                .anneal = options.anneal == "cos" ? schedule::Anneal::cos : schedule::Anneal::linear,
                                .div_factor = options.div_factor,
                                .final_div_factor = options.final_div_factor,
                                .cycle_momentum = options.cycle_momentum,
                                .base_momentum = options.base_momentum,
                                .max_momentum = options.max_momentum,
                                .momentum = recipe.optimizer.momentum});
}

const char* lr_key(const Recipe& recipe) {
  return recipe.schedule.name == "constant" ? "optimizer.lr" : "schedule.max_lr";
}

}  // namespace reslab::train
