#include "reslab/nn/fusion.h"

#include <ATen/TensorOperators.h>

#include "reslab/nn/activation.h"
#include "reslab/nn/batch_norm2d.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/max_pool2d.h"

namespace reslab::nn {

at::Tensor forward_fused(std::span<const std::shared_ptr<Layer>> layers, const at::Tensor& input,
                         const at::Tensor& residual) {
  at::Tensor x = input;
  bool added = !residual.defined();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    Layer* const layer = layers[i].get();
    Layer* const next = i + 1 < layers.size() ? layers[i + 1].get() : nullptr;
    const auto* const convolution = dynamic_cast<Conv2d*>(layer);
#ifdef RESLAB_HAS_KERNELS
    if (convolution != nullptr && dynamic_cast<MaxPool2d*>(next) != nullptr && next->window() == 2 &&
        convolution->uses_winograd(x)) {
      x = convolution->forward_pooled(x);
      ++i;
      continue;
    }
#endif
    const auto fusable = next == nullptr ? std::nullopt : fusable_activation(*next);
    const auto activation = fusable.value_or(kernels::Activation::none);
    if (convolution != nullptr && fusable && convolution->can_activate(x)) {
      x = convolution->forward_activated(x, activation);
      ++i;
      continue;
    }
    if (auto* norm = dynamic_cast<BatchNorm2d*>(layer); norm != nullptr && norm->can_fuse(x)) {
      if (fusable) ++i;
      const bool ends = i + 1 == layers.size() && !added && residual.sizes() == x.sizes() &&
                        residual.scalar_type() == x.scalar_type() && residual.device() == x.device();
      x = norm->forward_activated(x, activation, ends ? residual : at::Tensor());
      added = added || ends;
      continue;
    }
    x = layer->forward(x);
  }
  return added ? x : x + residual;
}

}  // namespace reslab::nn
