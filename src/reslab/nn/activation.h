// Activation functions.
#pragma once

#include "reslab/nn/layer.h"

namespace reslab::nn {

/// max(x, 0). Writes over its input, whose values nobody before it needs: batch-norm's backward pass uses its input,
/// not its output.
class ReLU final : public Layer {
 public:
  at::Tensor forward(const at::Tensor& input) override;
};

}  // namespace reslab::nn
