#include "reslab/optim/optimizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

#include "reslab/core/error.h"

namespace reslab::optim {

Optimizer::Optimizer(std::vector<Group> groups) : groups_(std::move(groups)) {
  for (const Group& group : groups_) {
    RESLAB_ASSERT(group.names.size() == group.parameters.size());
    auto& momenta = momenta_.emplace_back();
    for (const at::Tensor& parameter : group.parameters) momenta.push_back(at::zeros_like(parameter));
  }
}

void Optimizer::step_on_device(const at::Tensor& /*lr*/, double /*momentum*/) {
  RESLAB_ASSERT(false, "this optimiser takes no rate in a tensor");
}

void Optimizer::zero_grad() {
  for (const Group& group : groups_)
    for (const at::Tensor& parameter : group.parameters) parameter.mutable_grad().reset();
}

std::vector<at::Tensor> Optimizer::parameters() const {
  std::vector<at::Tensor> all;
  for (const Group& group : groups_) all.insert(all.end(), group.parameters.begin(), group.parameters.end());
  return all;
}

std::vector<Momentum> Optimizer::state() const {
  std::vector<Momentum> all;
  for (std::size_t g = 0; g < groups_.size(); ++g)
    for (std::size_t i = 0; i < groups_[g].names.size(); ++i) all.push_back({groups_[g].names[i], momenta_[g][i]});
  return all;
}

at::Tensor Optimizer::aligned_gradient(const at::Tensor& parameter) {
  const at::Tensor& gradient = parameter.grad();
  return gradient.strides() == parameter.strides() ? gradient : at::zeros_like(parameter).copy_(gradient);
}

void Optimizer::for_each(const std::function<void(at::Tensor, at::Tensor, double)>& update) const {
  for (std::size_t g = 0; g < groups_.size(); ++g)
    for (std::size_t i = 0; i < groups_[g].parameters.size(); ++i)
      if (groups_[g].parameters[i].grad().defined())
        update(groups_[g].parameters[i], momenta_[g][i], decay_factor_ * groups_[g].weight_decay);
}

}  // namespace reslab::optim
