#include "reslab/nn/layer.h"

#include <torch/utils.h>

#include <string>

namespace reslab::nn {

Sequential::Sequential(std::vector<std::shared_ptr<Layer>> layers) : layers_(std::move(layers)) {
  for (std::size_t i = 0; i < layers_.size(); ++i) register_module(std::to_string(i), layers_[i]);
}

at::Tensor Sequential::forward(const at::Tensor& input) {
  at::Tensor x = input;
  for (const auto& layer : layers_) x = layer->forward(x);
  return x;
}

void initialise(torch::nn::Module& network, std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  std::uint32_t index = 0;
  for (const auto& module : network.modules(/*include_self=*/false)) {
    // Layers without parameters aren't counted, so that adding an activation changes no weights.
    auto* layer = dynamic_cast<Layer*>(module.get());
    if (layer != nullptr && !layer->parameters(/*recurse=*/false).empty()) {
      core::Random random({.seed = seed, .stream = core::Stream::initialise, .sample = index++});
      layer->reset_parameters(random);
    }
  }
}

}  // namespace reslab::nn
