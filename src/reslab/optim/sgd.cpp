#include "reslab/optim/sgd.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_sgd.h>

#include "reslab/core/error.h"

namespace reslab::optim {

template <typename Rate>
void Sgd::update(const Rate& lr, double momentum) {
  const at::NoGradGuard no_grad;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    std::vector<at::Tensor> parameters, gradients, momenta;
    for (std::size_t i = 0; i < groups_[g].parameters.size(); ++i) {
      const at::Tensor& parameter = groups_[g].parameters[i];
      if (!parameter.grad().defined()) continue;
      parameters.push_back(parameter);
      gradients.push_back(aligned_gradient(parameter));
      if (momentum > 0) momenta.push_back(momenta_[g][i]);
    }
    if (parameters.empty()) continue;
    at::_fused_sgd_(parameters, gradients, momenta, groups_[g].weight_decay, momentum, lr, options_.dampening,
                    options_.nesterov, /*maximize=*/false, /*is_first_step=*/!started_);
  }
  started_ = started_ || momentum > 0;
}

void Sgd::step_on_device(const at::Tensor& lr, double momentum) {
  RESLAB_ASSERT(started() || momentum == 0, "the first step starts the momentum, which a graph would repeat");
  update(lr, momentum);
}

template void Sgd::update(const double& lr, double momentum);
template void Sgd::update(const at::Tensor& lr, double momentum);

}  // namespace reslab::optim
