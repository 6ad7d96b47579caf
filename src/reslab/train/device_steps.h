// Training steps in the form that a CUDA graph needs: every step does the same but for its rates, which lie on the
// device, and reads no value from there.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "reslab/recipe/recipe.h"
#include "reslab/train/build.h"
#include "reslab/train/step_graph.h"

namespace reslab::train {

class DeviceSteps {
 public:
  /// Whether the recipe's steps can be made so.
  static bool suit(const recipe::Recipe& recipe, const std::vector<TrainedGroup>& groups, std::int64_t total_steps);

  /// gradients: adds a batch's gradients, ready for the optimisers, and returns what make() is to return. `groups` must
  /// outlive this.
  DeviceSteps(const std::vector<TrainedGroup>& groups, const c10::Device& device, StepGraphs::Step gradients);

  /// Step `step`, not the first, which is a different one. images and targets are on the device. The result is good
  /// until the next call.
  at::Tensor make(const at::Tensor& images, const at::Tensor& targets, std::int64_t step);

 private:
  const std::vector<TrainedGroup>& groups_;
  std::vector<at::Tensor> rates_;  // of the groups: scalars on the device
  StepGraphs graphs_;
};

}  // namespace reslab::train
