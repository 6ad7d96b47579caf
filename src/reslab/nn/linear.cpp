#include "reslab/nn/linear.h"

#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>

#include "reslab/nn/initialise.h"

namespace reslab::nn {

Linear::Linear(const LinearOptions& options) : options_(options) {
  weight = register_parameter("weight", at::zeros({options.out_features, options.in_features}, at::kFloat));
}

at::Tensor Linear::forward(const at::Tensor& input) { return at::linear(input, weight.to(input.scalar_type())); }

void Linear::reset_parameters(core::Random& random) {
  kaiming_uniform_(weight, random);
  if (options_.unit_std) weight.div_(weight.std());
  if (options_.zero) weight.zero_();
}

}  // namespace reslab::nn
