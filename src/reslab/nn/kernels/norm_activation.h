// Batch normalisation, activation and the addition of a residual in as few passes over memory as they need:
//
//   y = f((x − mean) / √(variance + eps) · weight + bias) + residual, or f(… + residual)
//
// A training step reads x twice and writes y once on the way forward, and reads x and dy twice and writes dx once on
// the way back; libtorch's own operators, one after the other, about twice that. Sums are taken by blocks of rows and
// merged in double precision, always in the same order: results don't depend on the number of threads.
//
// In training a channel without any variance has a deviation of 1: y is the bias either way, but 1/√eps would make the
// gradient a million times as large by speednet's eps of 1e-12, in each normalisation that such a channel passes.
//
// Source of the gradient: Ioffe and Szegedy 2015, arXiv 1502.03167, section 3; of the merging: Chan, Golub and LeVeque
// 1983.
#pragma once

#include <ATen/core/Tensor.h>

#include "reslab/nn/kernels/activation_kind.h"

namespace reslab::nn::kernels {

struct NormActivation {
  at::Tensor weight, bias;               ///< [c], fp32
  at::Tensor running_mean, running_var;  ///< [c], fp32; moved in training by `momentum`, the variance unbiased
  bool training = true;                  ///< by the batch's statistics; else by the running ones
  double momentum = 0.1, eps = 1e-5;
  Activation activation = Activation::none;
  bool residual_first = false;  ///< add a residual before the activation
};

/// Whether norm_activation can take it: fp32 or bf16 on a CPU, [n, c, h, w] channels-last, not empty.
bool norm_activation_applies(const at::Tensor& x);

/// x: [n, c, h, w], channels-last, fp32 or bf16. residual: of x's shape and type, or undefined. Returns the same shape,
/// type and order. Differentiable once, by x, weight, bias and residual. In training n · h · w ≥ 2, as the running
/// variance needs.
at::Tensor norm_activation(const at::Tensor& x, const NormActivation& norm, const at::Tensor& residual = {});

}  // namespace reslab::nn::kernels
