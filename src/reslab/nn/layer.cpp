#include "reslab/nn/layer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <string>

#include "reslab/nn/fusion.h"

namespace reslab::nn {

at::Tensor Layer::forward_observed(const at::Tensor& input, LayerObserver& observer) {
  const std::vector<std::int64_t> shape = input.sizes().vec();  // kept: a layer may write over its input
  at::Tensor output = forward_parts(input, observer);
  observer.on_layer(*this, shape, output);
  return output;
}

Sequential::Sequential(std::vector<std::shared_ptr<Layer>> layers) : layers_(std::move(layers)) {
  for (std::size_t i = 0; i < layers_.size(); ++i) register_module(std::to_string(i), layers_[i]);
}

at::Tensor Sequential::forward(const at::Tensor& input) { return forward_fused(layers_, input); }

at::Tensor Sequential::add_to(const at::Tensor& input, LayerObserver* observer) {
  return observer == nullptr ? forward_fused(layers_, input, input) : input + forward_observed(input, *observer);
}

at::Tensor Sequential::forward_parts(const at::Tensor& input, LayerObserver& observer) {
  return forward_fused(layers_, input, {}, &observer);
}

void initialise(Module& network, std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  std::uint32_t index = 0;
  for (const auto& module : network.named_modules(/*include_self=*/false)) {
    // Layers without parameters aren't counted, so that adding an activation changes no weights.
    auto* layer = dynamic_cast<Layer*>(module.value);
    if (layer != nullptr && !layer->parameters(/*recurse=*/false).empty()) {
      core::Random random({.seed = seed, .stream = core::Stream::initialise, .sample = index++});
      layer->reset_parameters(random);
    }
  }
}

}  // namespace reslab::nn
