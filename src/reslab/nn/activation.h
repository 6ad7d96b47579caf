// Activation functions.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reslab/nn/kernels/activation_kind.h"
#include "reslab/nn/layer.h"
#include "reslab/nn/module.h"

namespace reslab::nn {

/// max(x, 0). Writes over its input, whose values nobody before it needs: batch-norm's backward pass uses its input,
/// not its output.
class ReLU final : public Layer {
 public:
  at::Tensor forward(const at::Tensor& input) override;
  Op op() const override { return Activate{kernels::Activation::relu}; }

  /// Whether gradients go back only where they are positive themselves. Set by GuidedBackward.
  bool guided = false;
};

/// For its lifetime each ReLU of `network` hands back relu(gradient) where its input was positive, and 0 elsewhere:
/// guided backpropagation. What it saved is what it restores. The network must live as long.
///
/// Source: Springenberg et al., "Striving for simplicity", 2015, arXiv 1412.6806, section 3.4.
class GuidedBackward {
 public:
  explicit GuidedBackward(Module& network);
  ~GuidedBackward();
  GuidedBackward(const GuidedBackward&) = delete;
  GuidedBackward& operator=(const GuidedBackward&) = delete;

 private:
  std::vector<ReLU*> changed_;
};

/// x · Φ(x), Φ the standard normal distribution function (Hendrycks, Gimpel 2016, arXiv 1606.08415); exact, by erf.
class GELU final : public Layer {
 public:
  at::Tensor forward(const at::Tensor& input) override;
  Op op() const override { return Activate{kernels::Activation::gelu}; }
};

/// x · σ(x), σ the logistic function (Elfwing, Uchibe, Doya 2017, arXiv 1702.03118).
class SiLU final : public Layer {
 public:
  at::Tensor forward(const at::Tensor& input) override;
  Op op() const override { return Activate{kernels::Activation::silu}; }
};

/// What kernels::norm_activation can do in its stead; nothing for other layers, and for a ReLU that is guided.
std::optional<kernels::Activation> fusable_activation(const Layer& layer);

/// The names that make_activation knows: "relu", "gelu", "silu".
std::vector<std::string> activation_names();

/// By its name, one of activation_names().
std::shared_ptr<Layer> make_activation(const std::string& name);

}  // namespace reslab::nn
