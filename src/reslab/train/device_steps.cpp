#include "reslab/train/device_steps.h"

#include <ATen/ops/zeros.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <string>
#include <utility>

namespace reslab::train {

bool DeviceSteps::suit(const recipe::Recipe& recipe, const std::vector<TrainedGroup>& groups,
                       std::int64_t total_steps) {
  const auto steady = [&](const TrainedGroup& group) {
    if (!group.optimizer->steps_on_device()) return false;
    const double momentum = group.schedule->at(0).momentum;
    for (std::int64_t step = 1; step < total_steps; ++step)
      if (group.schedule->at(step).momentum != momentum) return false;
    return true;
  };
  return recipe.optimizer.accumulate == 1 && recipe.optimizer.clip_norm == 0 && std::ranges::all_of(groups, steady);
}

DeviceSteps::DeviceSteps(const std::vector<TrainedGroup>& groups, const c10::Device& device, StepGraphs::Step gradients)
    : groups_(groups),
      graphs_([this, gradients = std::move(gradients)](const at::Tensor& images, const at::Tensor& targets) {
        const at::Tensor values = gradients(images, targets);
        RECORD_FUNCTION("reslab::optimizer", std::vector<c10::IValue>());
        for (std::size_t i = 0; i < groups_.size(); ++i) {
          groups_[i].optimizer->step_on_device(rates_[i], groups_[i].schedule->at(0).momentum);
          groups_[i].optimizer->zero_grad();
        }
        return values;
      }) {
  for (std::size_t i = 0; i < groups_.size(); ++i)
    rates_.push_back(at::zeros({}, at::TensorOptions(at::kFloat).device(device)));
}

at::Tensor DeviceSteps::make(const at::Tensor& images, const at::Tensor& targets, std::int64_t step) {
  std::string trained;  // which parameters are: a step's operations depend on it
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    rates_[i].fill_(groups_[i].schedule->at(step).lr);
    for (const at::Tensor& parameter : groups_[i].optimizer->parameters())
      trained += parameter.requires_grad() ? '1' : '0';
  }
  return graphs_.run(images, targets, trained);
}

}  // namespace reslab::train
