// A convolution of few values with its bias and activation in one pass: what a network's whitening layer is, two by two
// pixels of three colours. The map before the activation is never written, neither on the way forward nor back.
//
//   y = f(conv2d(x, weight) + bias)
//
// Stride 1, no padding. Products and sums are fp32, the filters as they are; y is rounded once. Results don't depend on
// the number of threads, nor, for one image, on the others in its batch.
#pragma once

#include <ATen/core/Tensor.h>

#include "reslab/nn/kernels/activation_kind.h"

namespace reslab::nn::kernels {

/// Whether these are what patch_conv is made for: on a CPU, x [n, c, h, w] of fp32 or bf16, channels-last and not
/// empty, weight [out, c, k, k] of fp32 with c · k² ≤ 64 and out a multiple of 8 up to 256, no map smaller than a
/// filter.
bool patch_conv_fits(const at::Tensor& x, const at::Tensor& weight);

/// Whether patch_conv can take these: they fit, and neither wants a gradient.
bool patch_conv_applies(const at::Tensor& x, const at::Tensor& weight);

/// bias: [out], fp32. Returns [n, out, h − k + 1, w − k + 1] of x's type, channels-last. Differentiable once, by the
/// bias alone.
at::Tensor patch_conv(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, Activation activation);

}  // namespace reslab::nn::kernels
