// kernels::norm_activation wherever a tensor lies: by the processor's kernels or a GPU's.
#pragma once

#include "reslab/nn/kernels/norm_activation.h"

namespace reslab::nn {

/// Whether norm_activation and bias_activation take x: a map of fp32 or bf16, [n, c, h, w] channels-last and not empty,
/// on a device that this build has kernels for.
bool norm_activation_applies(const at::Tensor& x);

/// See kernels::norm_activation. x: what norm_activation_applies to.
at::Tensor norm_activation(const at::Tensor& x, const kernels::NormActivation& norm, const at::Tensor& residual = {});

/// f(x + bias) in one pass, of x's shape and type. bias: [c], fp32. Differentiable once, by x and bias; where only the
/// bias wants a gradient, that of x is never made.
at::Tensor bias_activation(const at::Tensor& x, const at::Tensor& bias, kernels::Activation activation);

}  // namespace reslab::nn
