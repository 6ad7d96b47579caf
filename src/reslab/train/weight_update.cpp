#include "reslab/train/weight_update.h"

#include <ATen/ops/full.h>
#include <ATen/record_function.h>

#include "reslab/optim/clip.h"
#include "reslab/recipe/learning_rate.h"
#include "reslab/recipe/schedule.h"

namespace reslab::train {

WeightUpdate::WeightUpdate(const recipe::Recipe& recipe, const models::Network& network, const StepCount& steps,
                           const c10::Device& device)
    : recipe_(recipe),
      steps_(steps),
      device_(device),
      groups_(build_groups(recipe, network, steps.total, steps.per_epoch)),
      leading_schedule_(make_schedule(recipe, leading_group(recipe), steps.total, steps.per_epoch)),
      frozen_late_(late_frozen_parameters(recipe, network)),
      average_(build_average(recipe, network, steps.per_epoch)) {}

std::vector<at::Tensor> WeightUpdate::parameters() const {
  std::vector<at::Tensor> all;
  for (const TrainedGroup& group : groups_)
    for (const at::Tensor& parameter : group.optimizer->parameters()) all.push_back(parameter);
  return all;
}

// Parameters that are frozen need no gradient, and then the layers before them need none for their sake.
void WeightUpdate::freeze(std::int64_t step) const {
  for (const TrainedGroup& group : groups_) {
    if (group.group != recipe::ParameterGroup::whitening) continue;
    const bool trained = step < whitening_steps(recipe_, steps_.total, steps_.per_epoch);
    for (const at::Tensor& parameter : group.optimizer->parameters()) parameter.set_requires_grad(trained);
  }
  const bool trained = step < freeze_step(recipe_, steps_.total, steps_.per_epoch);
  for (const at::Tensor& parameter : frozen_late_) parameter.set_requires_grad(trained);
}

void WeightUpdate::limit_gradients() const {
  const auto all = parameters();
  if (recipe_.optimizer.clip_value > 0) optim::clip_by_value(all, recipe_.optimizer.clip_value);
  if (recipe_.optimizer.clip_norm > 0) optim::clip_by_norm(all, recipe_.optimizer.clip_norm);
}

void WeightUpdate::make(std::int64_t step) {
  RECORD_FUNCTION("reslab::optimizer", std::vector<c10::IValue>());
  limit_gradients();
  const bool on_device = device_.is_cuda() && step > 0;
  for (TrainedGroup& group : groups_) {
    const schedule::Setting setting = group.schedule->at(step);
    if (on_device && group.optimizer->steps_on_device())
      group.optimizer->step_on_device(at::full({}, setting.lr, at::TensorOptions(at::kFloat).device(device_)),
                                      setting.momentum);
    else
      group.optimizer->step(setting.lr, setting.momentum);
    group.optimizer->zero_grad();
  }
  average_after(step);
}

void WeightUpdate::make_at(const schedule::Setting& setting) {
  limit_gradients();
  for (TrainedGroup& group : groups_) {
    const double scale = highest_lr(recipe_, group.group) / highest_lr(recipe_, leading_group(recipe_));
    const double momentum =
        group.group == recipe::ParameterGroup::filters ? recipe_.optimizer.muon.momentum : setting.momentum;
    // A training at that rate would have this decay: see build_groups.
    if (recipe_.optimizer.decay_per_step > 0)
      group.optimizer->scale_decay(peak_lr(recipe_, group.group) / (scale * setting.lr));
    group.optimizer->step(scale * setting.lr, momentum);
    group.optimizer->scale_decay(1);
    group.optimizer->zero_grad();
  }
}

void WeightUpdate::average_after(std::int64_t step) {
  if (average_) average_->after_step(step, step + 1 == steps_.total);
}

void WeightUpdate::forget_gradients() {
  for (TrainedGroup& group : groups_) group.optimizer->zero_grad();
}

void WeightUpdate::set_started(bool started) {
  for (TrainedGroup& group : groups_) group.optimizer->set_started(started);
}

void WeightUpdate::show_average() {
  if (average_ && !average_->exchanged()) average_->exchange();
}

void WeightUpdate::hide_average() {
  if (average_ && average_->exchanged()) average_->exchange();
}

}  // namespace reslab::train
