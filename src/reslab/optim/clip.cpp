#include "reslab/optim/clip.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/stack.h>

#include <algorithm>

#include "reslab/core/error.h"

namespace reslab::optim {
namespace {

std::vector<at::Tensor> gradients_of(const std::vector<at::Tensor>& parameters) {
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : parameters)
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  return gradients;
}

}  // namespace

void clip_by_value(const std::vector<at::Tensor>& parameters, double limit) {
  RESLAB_ASSERT(limit > 0);
  const at::NoGradGuard no_grad;
  for (at::Tensor& gradient : gradients_of(parameters)) gradient.clamp_(-limit, limit);
}

double clip_by_norm(const std::vector<at::Tensor>& parameters, double limit) {
  RESLAB_ASSERT(limit > 0);
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients = gradients_of(parameters);
  if (gradients.empty()) return 0;
  const double norm = at::stack(at::_foreach_norm(gradients)).norm().item<double>();
  const double factor = std::min(1.0, limit / (norm + 1e-6));
  if (factor < 1) at::_foreach_mul_(gradients, factor);
  return norm;
}

}  // namespace reslab::optim
