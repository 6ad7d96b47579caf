#include "reslab/nn/fusion.h"

#include <ATen/TensorOperators.h>

#include "reslab/core/error.h"
#include "reslab/nn/activation.h"
#include "reslab/nn/batch_norm2d.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/max_pool2d.h"

namespace reslab::nn {
namespace {

// Whether a kernel can add the residual to x.
bool fits(const at::Tensor& residual, const at::Tensor& x) {
  return residual.sizes() == x.sizes() && residual.scalar_type() == x.scalar_type() && residual.device() == x.device();
}

at::Tensor observed(std::span<const std::shared_ptr<Layer>> layers, at::Tensor x, LayerObserver& observer) {
  for (const auto& layer : layers) x = layer->forward_observed(x, observer);
  return x;
}

}  // namespace

at::Tensor forward_fused(std::span<const std::shared_ptr<Layer>> layers, const at::Tensor& input,
                         const at::Tensor& residual, LayerObserver* observer) {
  if (observer != nullptr) {
    const at::Tensor x = observed(layers, input, *observer);
    return residual.defined() ? x + residual : x;
  }
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
      const bool ends = i + 1 == layers.size() && !added && fits(residual, x);
      x = norm->forward_activated(x, activation, ends ? residual : at::Tensor());
      added = added || ends;
      continue;
    }
    x = layer->forward(x);
  }
  return added ? x : x + residual;
}

at::Tensor forward_added(std::span<const std::shared_ptr<Layer>> layers, const at::Tensor& input,
                         const at::Tensor& residual, LayerObserver* observer) {
  RESLAB_ASSERT(!layers.empty() && residual.defined(), "no residual, or no layer to add it before");
  const auto before = layers.first(layers.size() - 1);
  Layer& last = *layers.back();
  if (observer != nullptr) return last.forward_observed(observed(before, input, *observer) + residual, *observer);
  auto* const norm = before.empty() ? nullptr : dynamic_cast<BatchNorm2d*>(before.back().get());
  const auto activation = fusable_activation(last);
  if (norm == nullptr || !activation) return last.forward(forward_fused(before, input, residual));
  const at::Tensor x = forward_fused(before.first(before.size() - 1), input);
  if (norm->can_fuse(x) && fits(residual, x))
    return norm->forward_activated(x, *activation, residual, /*residual_first=*/true);
  return last.forward(forward_fused(before.last(1), x, residual));
}

}  // namespace reslab::nn
