#include "reslab/nn/layer.h"

#include <ATen/core/grad_mode.h>

namespace reslab::nn {

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
