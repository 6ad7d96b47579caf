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
      parts_(build_parts(recipe, network, steps.total, steps.per_epoch)),
      leading_schedule_(make_schedule(recipe, leading_part(recipe), steps.total, steps.per_epoch)),
      frozen_late_(late_frozen_parameters(recipe, network)),
      average_(build_average(recipe, network, steps.per_epoch)) {}

std::vector<at::Tensor> WeightUpdate::parameters() const {
  std::vector<at::Tensor> all;
  for (const TrainedPart& part : parts_)
    for (const at::Tensor& parameter : part.optimizer->parameters()) all.push_back(parameter);
  return all;
}

// Parameters that are frozen need no gradient, and then the layers before them need none for their sake.
void WeightUpdate::freeze(std::int64_t step) const {
  for (const TrainedPart& part : parts_) {
    if (part.part != recipe::Part::whitening) continue;
    const bool trained = step < whitening_steps(recipe_, steps_.total, steps_.per_epoch);
    for (const at::Tensor& parameter : part.optimizer->parameters()) parameter.set_requires_grad(trained);
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
  for (TrainedPart& part : parts_) {
    const schedule::Setting setting = part.schedule->at(step);
    if (on_device && part.optimizer->steps_on_device())
      part.optimizer->step_on_device(at::full({}, setting.lr, at::TensorOptions(at::kFloat).device(device_)),
                                     setting.momentum);
    else
      part.optimizer->step(setting.lr, setting.momentum);
    part.optimizer->zero_grad();
  }
  average_after(step);
}

void WeightUpdate::make_at(const schedule::Setting& setting) {
  limit_gradients();
  for (TrainedPart& part : parts_) {
    const double scale = highest_lr(recipe_, part.part) / highest_lr(recipe_, leading_part(recipe_));
    const double momentum = part.part == recipe::Part::filters ? recipe_.optimizer.muon.momentum : setting.momentum;
    // A training at that rate would have this decay: see build_parts.
    if (recipe_.optimizer.decay_per_step > 0)
      part.optimizer->scale_decay(peak_lr(recipe_, part.part) / (scale * setting.lr));
    part.optimizer->step(scale * setting.lr, momentum);
    part.optimizer->scale_decay(1);
    part.optimizer->zero_grad();
  }
}

void WeightUpdate::average_after(std::int64_t step) {
  if (average_) average_->after_step(step, step + 1 == steps_.total);
}

void WeightUpdate::forget_gradients() {
  for (TrainedPart& part : parts_) part.optimizer->zero_grad();
}

void WeightUpdate::set_started(bool started) {
  for (TrainedPart& part : parts_) part.optimizer->set_started(started);
}

void WeightUpdate::show_average() {
  if (average_ && !average_->exchanged()) average_->exchange();
}

void WeightUpdate::hide_average() {
  if (average_ && average_->exchanged()) average_->exchange();
}

}  // namespace reslab::train
