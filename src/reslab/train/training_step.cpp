#include "reslab/train/training_step.h"

#include <ATen/TensorOperators.h>
#include <ATen/record_function.h>

#include <algorithm>

#include "reslab/train/decisions.h"
#include "reslab/train/loss.h"

namespace reslab::train {

StepPlace place_of(std::int64_t epoch, std::int64_t batch, std::int64_t batches, std::int64_t accumulate) {
  const std::int64_t steps_per_epoch = (batches + accumulate - 1) / accumulate;
  const std::int64_t first = batch / accumulate * accumulate;
  const std::int64_t together = std::min(accumulate, batches - first);
  return {
      .step = epoch * steps_per_epoch + batch / accumulate, .batches = together, .last = batch == first + together - 1};
}

TrainingStep::TrainingStep(const recipe::Recipe& recipe, models::Network& network, WeightUpdate& update,
                           const TrainingStepOptions& options)
    : recipe_(recipe), network_(network), update_(update), device_(options.device) {
  if (options.class_weights.defined()) class_weights_ = options.class_weights.to(device_);
  if (!options.device_steps && !device_.is_cuda()) return;
  if (!DeviceSteps::suit(recipe, update.groups(), update.steps().total)) return;
  device_steps_ = std::make_unique<DeviceSteps>(
      update.groups(), device_, [this](const at::Tensor& images, const at::Tensor& targets) {
        const at::Tensor values = gradients(images, targets, /*batches=*/1, LossCheck::none).values;
        RECORD_FUNCTION("reslab::optimizer", std::vector<c10::IValue>());
        update_.limit_gradients();
        return values;
      });
}

TrainingStep::Gradients TrainingStep::gradients(const at::Tensor& images, const at::Tensor& targets,
                                                std::int64_t batches, LossCheck check) {
  const at::Tensor outputs = network_.forward(on_device(images)), there = on_device(targets);
  const at::Tensor loss = loss_of(outputs, there, recipe_.loss, update_.parameters(), class_weights_);
  const at::Tensor values = pack_values(outputs, there, loss, loss_scale(recipe_.loss, targets.size(0)));
  if (check == LossCheck::before_backward && Decisions::has_diverged(values[0].item<double>()))
    return {.values = values, .made = false};
  (batches == 1 ? loss : loss / static_cast<double>(batches)).backward();
  return {.values = values, .made = true};
}

at::Tensor TrainingStep::add_gradients(const data::Batch& batch, std::int64_t batches, LossCheck check) {
  return gradients(batch.images, batch.targets(), batches, check).values;
}

at::Tensor TrainingStep::make(const data::Batch& batch, const StepPlace& place, LossCheck check) {
  // An optimiser's first step differs from the others.
  if (is_device_step(place.step)) {
    const at::Tensor values = device_steps_->make(on_device(batch.images), on_device(batch.targets()), place.step);
    update_.average_after(place.step);
    return values;
  }
  const auto [values, made] = gradients(batch.images, batch.targets(), place.batches, check);
  if (made && place.last) update_.make(place.step);
  return values;
}

}  // namespace reslab::train
