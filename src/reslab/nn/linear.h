// Fully connected layer without bias: y = x · weightᵀ.
#pragma once

#include "reslab/nn/layer.h"

namespace reslab::nn {

class Linear final : public Layer {
 public:
  explicit Linear(const LinearOptions& options);

  /// [n, in_features] → [n, out_features], in the input's type.
  at::Tensor forward(const at::Tensor& input) override;
  Op op() const override { return options_; }
  void reset_parameters(core::Random& random) override;

  at::Tensor weight;  ///< [out_features, in_features], fp32

 private:
  LinearOptions options_;
};

}  // namespace reslab::nn
