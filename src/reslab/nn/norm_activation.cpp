#include "reslab/nn/norm_activation.h"

#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros_like.h>

#include "reslab/core/error.h"
#include "reslab/nn/device/norm_activation.h"

namespace reslab::nn {

bool norm_activation_applies([[maybe_unused]] const at::Tensor& x) {
#ifdef RESLAB_HAS_CUDA
  if (x.is_cuda()) return device::takes(x);
#endif
#ifdef RESLAB_HAS_KERNELS
  if (x.is_cpu()) return kernels::norm_activation_applies(x);
#endif
  return false;
}

at::Tensor norm_activation(const at::Tensor& x, const kernels::NormActivation& norm, const at::Tensor& residual) {
  RESLAB_ASSERT(norm_activation_applies(x), "no kernel normalises ", x.sizes());
#ifdef RESLAB_HAS_KERNELS
  if (x.is_cpu()) return kernels::norm_activation(x, norm, residual);
#endif
  return device::norm_activation(x, norm, residual);
}

// A normalisation by running statistics that leave x alone.
at::Tensor bias_activation(const at::Tensor& x, const at::Tensor& bias, kernels::Activation activation) {
  RESLAB_ASSERT(bias.dim() == 1 && bias.size(0) == x.size(1) && bias.scalar_type() == at::kFloat, "a bias of ",
                bias.sizes(), " for ", x.sizes());
  const at::Tensor zeros = at::zeros_like(bias), ones = at::ones_like(bias);
  return nn::norm_activation(x, {.weight = ones,
                                 .bias = bias,
                                 .running_mean = zeros,
                                 .running_var = ones,
                                 .training = false,
                                 .momentum = 0,
                                 .eps = 0,
                                 .activation = activation});
}

}  // namespace reslab::nn
