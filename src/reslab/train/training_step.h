// One training step: forward, backward, limit, update. Every form of a step is made here: on a processor or a GPU, one
// batch or several accumulated ones, made operation by operation or by a recorded CUDA graph.
//
//   train::TrainingStep step(recipe, network, update, {.device = at::kCPU});
//   const at::Tensor values = step.make(batch, {.step = 97}, train::LossCheck::before_backward);
//   const train::BatchValues read = train::read_values(values);  // waits
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <memory>

#include "reslab/data/batch_plan.h"
#include "reslab/models/network.h"
#include "reslab/train/batch_values.h"
#include "reslab/train/device_steps.h"
#include "reslab/train/weight_update.h"

namespace reslab::train {

/// Where a batch stands among the optimiser steps.
struct StepPlace {
  std::int64_t step = 0;     ///< optimiser steps finished before the batch's own
  std::int64_t batches = 1;  ///< batches whose gradients make that step together
  bool last = true;          ///< of these batches: the update follows
};

/// The place of batch `batch` of epoch `epoch`, both from 0, where `accumulate` batches make a step and the last ones
/// of an epoch of `batches` make one of their own.
StepPlace place_of(std::int64_t epoch, std::int64_t batch, std::int64_t batches, std::int64_t accumulate);

enum class LossCheck {
  none,            ///< the step doesn't wait for the device, and is made whatever the loss
  before_backward  ///< the step waits for the loss, and ends there where the training has diverged: no gradient, no
                   ///< update
};

struct TrainingStepOptions {
  c10::Device device{c10::kCPU};  ///< where the network lies
  /// Make steps in the form that a CUDA graph needs on a processor too, as far as the recipe allows.
  bool device_steps = false;
  at::Tensor class_weights = {};  ///< as loss_of has them, on any device
};

/// Not thread-safe: the training thread alone calls it.
class TrainingStep {
 public:
  /// `recipe`, `network` and `update` must outlive this.
  TrainingStep(const recipe::Recipe& recipe, models::Network& network, WeightUpdate& update,
               const TrainingStepOptions& options);
  TrainingStep(const TrainingStep&) = delete;
  TrainingStep& operator=(const TrainingStep&) = delete;

  /// Trains on a batch, and makes the update after the last batch of the step. Returns the tensor of pack_values, valid
  /// until the next call. A step in the form of a CUDA graph ignores `check`.
  at::Tensor make(const data::Batch& batch, const StepPlace& place, LossCheck check);

  /// Forward and backward alone: adds 1 / `batches` of the batch's gradients. Returns what make() does.
  at::Tensor add_gradients(const data::Batch& batch, std::int64_t batches, LossCheck check);

  /// Whether steps are made in the form that a CUDA graph needs, from the second step of the training on.
  bool makes_device_steps() const { return device_steps_ != nullptr; }

  /// Whether step `step` is made in that form.
  bool is_device_step(std::int64_t step) const { return device_steps_ != nullptr && step > 0; }

 private:
  struct Gradients {
    at::Tensor values;  // as pack_values makes them
    bool made = true;   // false where the check ended the step
  };
  Gradients gradients(const at::Tensor& images, const at::Tensor& targets, std::int64_t batches, LossCheck check);
  at::Tensor on_device(const at::Tensor& tensor) const { return tensor.to(device_, /*non_blocking=*/true); }

  const recipe::Recipe& recipe_;
  models::Network& network_;
  WeightUpdate& update_;
  c10::Device device_;
  at::Tensor class_weights_;                   // there
  std::unique_ptr<DeviceSteps> device_steps_;  // null: no step is made so
};

}  // namespace reslab::train
