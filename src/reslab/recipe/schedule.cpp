#include "reslab/recipe/schedule.h"

#include <algorithm>
#include <cmath>

#include "reslab/core/error.h"
#include "reslab/data/sampler.h"
#include "reslab/recipe/learning_rate.h"
#include "reslab/schedule/constant.h"
#include "reslab/schedule/decay.h"
#include "reslab/schedule/one_cycle.h"
#include "reslab/schedule/resolution.h"

namespace reslab::recipe {
namespace {

std::int64_t steps_of(double epochs, std::int64_t steps_per_epoch) {
  return std::llround(epochs * static_cast<double>(steps_per_epoch));
}

schedule::Shape shape_named(const std::string& name) {
  if (name == "linear") return schedule::Shape::linear;
  if (name == "cosine") return schedule::Shape::cosine;
  if (name == "polynomial") return schedule::Shape::polynomial;
  RESLAB_ASSERT(name == "steps", "no schedule for ", name);
  return schedule::Shape::steps;
}

std::unique_ptr<schedule::Schedule> one_cycle(const Recipe& recipe, double max_lr, double momentum,
                                              std::int64_t total_steps) {
  const ScheduleOptions& options = recipe.schedule;
  RESLAB_ASSERT(options.anneal == "cos" || options.anneal == "linear", "no curve for ", options.anneal);
  return std::make_unique<schedule::OneCycle>(
      schedule::OneCycleOptions{.total_steps = total_steps,
                                .max_lr = max_lr,
                                .pct_start = options.pct_start,
                                .anneal = options.anneal == "cos" ? schedule::Anneal::cos : schedule::Anneal::linear,
                                .div_factor = options.div_factor,
                                .final_div_factor = options.final_div_factor,
                                .cycle_momentum = options.cycle_momentum,
                                .base_momentum = options.base_momentum,
                                .max_momentum = options.max_momentum,
                                .momentum = momentum});
}

}  // namespace

std::int64_t training_samples(const Recipe& recipe, std::int64_t all) {
  const std::int64_t samples = all - recipe.data.holdout;
  if (recipe.data.overfit_batches == 0) return samples;
  return std::min(samples, recipe.data.overfit_batches * recipe.data.batch_size);
}

data::SamplerOptions sampler_options(const Recipe& recipe, std::int64_t samples) {
  return {.samples = samples,
          .batch_size = recipe.data.batch_size,
          .drop_last = recipe.data.drop_last,
          .join_last = recipe.data.join_last,
          .limit_batches = recipe.data.limit_batches};
}

std::int64_t batches_per_epoch(const Recipe& recipe, std::int64_t samples) {
  return data::Sampler(sampler_options(recipe, samples)).batches();
}

std::int64_t steps_per_epoch(const Recipe& recipe, std::int64_t samples) {
  const std::int64_t group = recipe.optimizer.accumulate;
  return (batches_per_epoch(recipe, samples) + group - 1) / group;
}

double highest_lr(const Recipe& recipe, ParameterGroup group) {
  const OptimizerOptions& options = recipe.optimizer;
  const auto or_base = [&](double own) { return own > 0 ? own : options.lr; };
  switch (group) {
    case ParameterGroup::filters: return options.muon.lr;
    case ParameterGroup::norms: return or_base(options.norm_lr);
    case ParameterGroup::biases: return or_base(options.bias_lr);
    case ParameterGroup::head: return or_base(options.head_lr);
    case ParameterGroup::whitening: return or_base(options.whitening_lr);
    case ParameterGroup::rest: break;
  }
  return options.lr;
}

double peak_lr(const Recipe& recipe, ParameterGroup group) {
  const double lr = highest_lr(recipe, group);
  return recipe.schedule.name == "one_cycle" ? lr / recipe.optimizer.lr * recipe.schedule.max_lr : lr;
}

std::int64_t whitening_steps(const Recipe& recipe, std::int64_t total_steps, std::int64_t steps_per_epoch) {
  if (recipe.optimizer.whitening_epochs <= 0) return total_steps;
  return std::clamp<std::int64_t>(steps_of(recipe.optimizer.whitening_epochs, steps_per_epoch), 1, total_steps);
}

std::int64_t freeze_step(const Recipe& recipe, std::int64_t total_steps, std::int64_t steps_per_epoch) {
  if (recipe.optimizer.freeze_epochs == 0) return total_steps;
  const auto frozen = std::max<std::int64_t>(1, steps_of(recipe.optimizer.freeze_epochs, steps_per_epoch));
  return std::max<std::int64_t>(0, total_steps - frozen);
}

std::unique_ptr<schedule::Schedule> make_schedule(const Recipe& recipe, ParameterGroup group, std::int64_t total_steps,
                                                  std::int64_t steps_per_epoch) {
  const double lr = highest_lr(recipe, group);
  const double momentum = group == ParameterGroup::filters ? recipe.optimizer.muon.momentum : recipe.optimizer.momentum;
  const ScheduleOptions& options = recipe.schedule;
  if (options.name == "constant")
    return std::make_unique<schedule::Constant>(schedule::Setting{.lr = lr, .momentum = momentum}, total_steps);
  if (options.name == "one_cycle") return one_cycle(recipe, peak_lr(recipe, group), momentum, total_steps);
  schedule::DecayOptions decay{.total_steps = total_steps,
                               .lr = lr,
                               .momentum = momentum,
                               .warmup_steps = steps_of(options.warmup_epochs, steps_per_epoch),
                               .warmup_factor = options.warmup_factor,
                               .shape = shape_named(options.name),
                               .final_factor = options.final_factor,
                               .power = options.power,
                               .gamma = options.gamma};
  for (const double epoch : options.milestones) decay.milestones.push_back(steps_of(epoch, steps_per_epoch));
  // Where a training is too short for warm-up and tail, lr falls in a single step.
  if (options.tail_epochs > 0)
    decay.end_step = std::max(total_steps - steps_of(options.tail_epochs, steps_per_epoch), decay.warmup_steps + 1);
  if (group == ParameterGroup::whitening && recipe.optimizer.whitening_epochs > 0) {
    decay.end_step = std::max(whitening_steps(recipe, total_steps, steps_per_epoch), decay.warmup_steps + 1);
    decay.final_factor = 0;
  }
  return std::make_unique<schedule::Decay>(decay);
}

std::unique_ptr<schedule::Schedule> make_schedule(const Recipe& recipe, std::int64_t total_steps) {
  return make_schedule(recipe, leading_group(recipe), total_steps,
                       std::max<std::int64_t>(1, total_steps / recipe.epochs));
}

std::vector<std::int64_t> sides_by_epoch(const Recipe& recipe) {
  const auto whole = [](const std::vector<double>& numbers) {
    std::vector<std::int64_t> result;
    for (const double number : numbers) {
      if (number != std::floor(number))
        throw core::UserError({.attempted = "set the images' side by epoch",
                               .found = core::concatenate(number, " in resolution.epochs or resolution.sides"),
                               .allowed = "whole numbers"});
      result.push_back(static_cast<std::int64_t>(number));
    }
    return result;
  };
  return schedule::resolution_by_epoch(
      {.epochs = whole(recipe.resolution.epochs), .sides = whole(recipe.resolution.sides)}, recipe.epochs);
}

}  // namespace reslab::recipe
