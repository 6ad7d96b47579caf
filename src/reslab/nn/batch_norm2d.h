// Batch normalisation: y = (x − E[x]) / √(Var[x] + eps) · weight + bias, by channel. In training mode mean and variance
// are the batch's, and the running ones follow them: running ← (1 − momentum) · running + momentum · batch's; in
// evaluation mode the running ones are used. Always computed in fp32.
//
// Source: Ioffe, Szegedy, "Batch normalization", 2015.
#pragma once

#include <string>

#include "reslab/nn/kernels/activation_kind.h"
#include "reslab/nn/layer.h"

namespace reslab::nn {

/// Throws the UserError for a training in which a batch normalisation gets one value a channel. found: where that is.
[[noreturn]] void refuse_lone_values(const std::string& attempted, const std::string& found);

class BatchNorm2d final : public Layer {
 public:
  explicit BatchNorm2d(const BatchNorm2dOptions& options);

  /// [n, channels, h, w] → the same shape and type. In training n · h · w ≥ 2: throws UserError otherwise.
  at::Tensor forward(const at::Tensor& input) override;
  Op op() const override { return options_; }
  void reset_parameters(core::Random& random) override;

  /// Whether forward_activated can take this input.
  bool can_fuse(const at::Tensor& input) const;
  /// activation(forward(input)) + residual, or activation(forward(input) + residual) with `residual_first`, in as few
  /// passes as it needs; residual may be undefined.
  at::Tensor forward_activated(const at::Tensor& input, kernels::Activation activation, const at::Tensor& residual,
                               bool residual_first = false);

  at::Tensor weight, bias;               ///< [channels], fp32, parameters
  at::Tensor running_mean, running_var;  ///< [channels], fp32; variance unbiased, as PyTorch keeps it
  at::Tensor num_batches_tracked;        ///< scalar, int64

 private:
  BatchNorm2dOptions options_;
};

}  // namespace reslab::nn
