#include "reslab/optim/adamw.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

namespace reslab::optim {

AdamW::AdamW(std::vector<Group> groups, const AdamWOptions& options) : Optimizer(std::move(groups)), options_(options) {
  for (const Group& group : groups_) {
    auto& squares = squares_.emplace_back();
    auto& steps = steps_.emplace_back();
    for (const at::Tensor& parameter : group.parameters) {
      squares.push_back(at::zeros_like(parameter));
      steps.push_back(at::zeros({}, at::TensorOptions(at::kFloat).device(parameter.device())));
    }
  }
}

void AdamW::step(double lr, double momentum) {
  const at::NoGradGuard no_grad;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    std::vector<at::Tensor> parameters, gradients, means, squares, steps;
    for (std::size_t i = 0; i < groups_[g].parameters.size(); ++i) {
      const at::Tensor& parameter = groups_[g].parameters[i];
      if (!parameter.grad().defined()) continue;
      parameters.push_back(parameter);
      gradients.push_back(aligned_gradient(parameter));
      means.push_back(momenta_[g][i]);
      squares.push_back(squares_[g][i]);
      steps.push_back(steps_[g][i]);
    }
    if (parameters.empty()) continue;
    at::_foreach_add_(steps, 1);
    at::_fused_adamw_(parameters, gradients, means, squares, /*max_exp_avg_sqs=*/{}, steps, lr, momentum,
                      options_.beta2, decay_factor_ * groups_[g].weight_decay, options_.eps, /*amsgrad=*/false,
                      /*maximize=*/false);
  }
  started_ = true;
}

std::vector<Momentum> AdamW::state() const {
  std::vector<Momentum> all = Optimizer::state();
  for (std::size_t g = 0; g < groups_.size(); ++g)
    for (std::size_t i = 0; i < groups_[g].names.size(); ++i) {
      all.push_back({groups_[g].names[i] + ".exp_avg_sq", squares_[g][i]});
      all.push_back({groups_[g].names[i] + ".step", steps_[g][i]});
    }
  return all;
}

}  // namespace reslab::optim
