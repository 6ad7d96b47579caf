#include "reslab/nn/initialise.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "reslab/core/error.h"

namespace reslab::nn {

std::int64_t fan_in(const at::Tensor& weight) {
  RESLAB_ASSERT(weight.dim() >= 2 && weight.size(0) > 0, "weight has shape ", weight.sizes());
  return weight.numel() / weight.size(0);
}

void uniform_(at::Tensor& tensor, float low, float high, core::Random& random) {
  const at::NoGradGuard no_grad;
  at::Tensor values = at::empty(tensor.sizes(), tensor.options().dtype(at::kFloat).device(at::kCPU));
  float* data = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i) data[i] = random.uniform(low, high);
  tensor.copy_(values);
}

void kaiming_uniform_(at::Tensor& weight, core::Random& random) {
  const auto bound = static_cast<float>(1 / std::sqrt(static_cast<double>(fan_in(weight))));
  uniform_(weight, -bound, bound, random);
}

void dirac_(at::Tensor& weight, std::int64_t count) {
  RESLAB_ASSERT(weight.dim() == 4 && weight.size(2) % 2 == 1 && weight.size(3) % 2 == 1 && weight.size(1) >= count);
  const std::int64_t filters = std::min(weight.size(0), count);
  const at::Tensor identity = at::zeros({filters, weight.size(1), weight.size(2), weight.size(3)}, at::kFloat);
  for (std::int64_t i = 0; i < filters; ++i) identity[i][i][weight.size(2) / 2][weight.size(3) / 2].fill_(1);
  weight.slice(0, 0, filters).copy_(identity);
}

}  // namespace reslab::nn
