// Two-dimensional convolution: y[n, o, i, j] = Σ_{c, u, v} w[o, c, u, v] · x[n, c, i·s + u − p, j·s + v − p] (+ b[o]).
#pragma once

#include "reslab/nn/kernels/activation_kind.h"
#include "reslab/nn/layer.h"

namespace reslab::nn {

class Conv2d final : public Layer {
 public:
  explicit Conv2d(const Conv2dOptions& options);

  /// [n, in_channels, h, w] → [n, out_channels, (h + 2·padding − kernel) / stride + 1, …], in the input's type.
  at::Tensor forward(const at::Tensor& input) override;
  Op op() const override { return options_; }
  std::int64_t window() const override { return options_.kernel; }

  /// Whether forward takes this input by kernels::winograd_conv3x3.
  bool uses_winograd(const at::Tensor& input) const;
  /// forward and a max-pooling of 2×2, for an input that uses_winograd.
  at::Tensor forward_pooled(const at::Tensor& input) const;
  /// Whether forward_activated takes this input.
  bool can_activate(const at::Tensor& input) const;
  /// forward and an activation. What the filters give, the bias (in fp32) and the activation are rounded to the input's
  /// type once together, where forward and the activation alone round twice; channels-last. Filters are multiplied in
  /// the same precision by both.
  at::Tensor forward_activated(const at::Tensor& input, kernels::Activation activation) const;
  void reset_parameters(core::Random& random) override;

  /// [out_channels, in_channels, kernel, kernel], fp32, channels-last in memory.
  at::Tensor weight;
  bool direct = false;  ///< never Winograd's method, whose rounding is ten times as large: see nn/kernels/winograd.h
  at::Tensor bias;      ///< [out_channels], fp32; undefined without one

 private:
  bool is_of_patches(const at::Tensor& input) const;
  at::Tensor convolve(const at::Tensor& input, const at::Tensor& added_bias) const;

  Conv2dOptions options_;
};

/// Sets `direct` of all convolutions of a network: for comparisons to the last digits.
void use_direct_convolutions(Module& network);

}  // namespace reslab::nn
