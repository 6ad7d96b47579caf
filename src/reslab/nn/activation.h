// Activation functions.
#pragma once

#include <string>

#include "reslab/nn/layer.h"

namespace reslab::nn {

/// max(x, 0). Writes over its input, whose values nobody before it needs: batch-norm's backward pass uses its input,
/// not its output.
class ReLU final : public Layer {
 public:
  at::Tensor forward(const at::Tensor& input) override;
};

/// x · Φ(x), Φ the standard normal distribution function (Hendrycks, Gimpel 2016, arXiv 1606.08415); exact, by erf.
class GELU final : public Layer {
 public:
  at::Tensor forward(const at::Tensor& input) override;
};

/// x · σ(x), σ the logistic function (Elfwing, Uchibe, Doya 2017, arXiv 1702.03118).
class SiLU final : public Layer {
 public:
  at::Tensor forward(const at::Tensor& input) override;
};

/// The names that make_activation knows: "relu", "gelu", "silu".
std::vector<std::string> activation_names();

/// By its name, one of activation_names().
std::shared_ptr<Layer> make_activation(const std::string& name);

}  // namespace reslab::nn
