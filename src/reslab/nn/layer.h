// A layer of a network: one tensor in, one out, parameters registered under PyTorch's names.
//
// A layer computes in the type of its input. Parameters are always fp32; where the input is bf16, it is multiplied
// by a bf16 copy of them, and the gradient comes back to the fp32 parameter.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <utility>
#include <vector>

#include "reslab/core/random.h"
#include "reslab/nn/module.h"

namespace reslab::nn {

class Layer;

/// Is told of each layer of a pass, the layers in a container before the container.
class LayerObserver {
 public:
  virtual ~LayerObserver() = default;
  /// `input` is a shape: what was in it may have been written over.
  virtual void on_layer(const Layer& layer, at::IntArrayRef input, const at::Tensor& output) = 0;
};

class Layer : public Module {
 public:
  /// Activations are [samples, channels, height, width] (channels-last in memory is fastest), or [samples, features].
  virtual at::Tensor forward(const at::Tensor& input) = 0;

  /// The same as forward, and `observer` is told of it. Costs forward nothing where nobody watches.
  at::Tensor forward_observed(const at::Tensor& input, LayerObserver& observer);

  /// Side of the square window that it moves over its input, in pixels; 0 for none.
  virtual std::int64_t window() const { return 0; }

  /// Draws new parameters, distributed as PyTorch's default initialisation of the same layer. Layers without parameters
  /// do nothing.
  virtual void reset_parameters(core::Random&) {}

 protected:
  /// forward, in which a container runs its layers by forward_observed.
  virtual at::Tensor forward_parts(const at::Tensor& input, LayerObserver&) { return forward(input); }
};

/// forward, observed where somebody watches.
inline at::Tensor run(Layer& layer, const at::Tensor& input, LayerObserver* observer) {
  return observer == nullptr ? layer.forward(input) : layer.forward_observed(input, *observer);
}

/// Layers one after the other; the children are named "0", "1", … as in torch.nn.Sequential.
class Sequential final : public Layer {
 public:
  explicit Sequential(std::vector<std::shared_ptr<Layer>> layers);

  /// Neighbours run together where they can: see fusion.h.
  at::Tensor forward(const at::Tensor& input) override;

  /// input + forward(input), observed where somebody watches.
  at::Tensor add_to(const at::Tensor& input, LayerObserver* observer);

 private:
  at::Tensor forward_parts(const at::Tensor& input, LayerObserver& observer) override;

  std::vector<std::shared_ptr<Layer>> layers_;
};

/// sequential(std::make_shared<Conv2d>(…), std::make_shared<ReLU>())
template <typename... Layers>
std::shared_ptr<Sequential> sequential(std::shared_ptr<Layers>... layers) {
  return std::make_shared<Sequential>(std::vector<std::shared_ptr<Layer>>{std::move(layers)...});
}

/// Draws all parameters of `network` anew: a pure function of the seed and the order of its layers.
void initialise(Module& network, std::uint64_t seed);

}  // namespace reslab::nn
