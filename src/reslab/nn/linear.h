// Fully connected layer without bias: y = x · weightᵀ.
#pragma once

#include "reslab/nn/layer.h"

namespace reslab::nn {

struct LinearOptions {
  std::int64_t in_features = 1, out_features = 1;
  bool unit_std = false;  ///< the first weights are scaled to a standard deviation of 1
  bool zero = false;      ///< the first weights are 0
};

class Linear final : public Layer {
 public:
  explicit Linear(const LinearOptions& options);

  /// [n, in_features] → [n, out_features], in the input's type.
  at::Tensor forward(const at::Tensor& input) override;
  void reset_parameters(core::Random& random) override;

  at::Tensor weight;  ///< [out_features, in_features], fp32

 private:
  LinearOptions options_;
};

}  // namespace reslab::nn
