// Layers that stand next to each other, run together where the kernels can: a convolution with the max-pooling after
// it, one with a bias with the activation after it, a batch normalisation with the activation after it and with a
// residual before or after that.
//
//   y = forward_fused(layers, x);            // the layers one after the other
//   y = forward_fused(layers, x, x);         // and x added to what comes out
//   y = forward_added(layers, x, x);         // x added to what the last layer takes
//
// What comes out is what the layers give one by one, up to the rounding of values between them. For other types, in
// builds without kernels, and where somebody watches, it is just that; on CUDA convolution and pooling stay two
// operations.
#pragma once

#include <memory>
#include <span>

#include "reslab/nn/layer.h"

namespace reslab::nn {

/// input: what the first layer takes, for maps [n, c, h, w] of fp32 or bf16. residual: of the shape and dtype that the
/// last layer gives, or undefined for none. observer: is told of each layer; may be null. Returns what the last layer
/// gives, plus the residual.
at::Tensor forward_fused(std::span<const std::shared_ptr<Layer>> layers, const at::Tensor& input,
                         const at::Tensor& residual = {}, LayerObserver* observer = nullptr);

/// The same, the residual added before the last layer: of the shape and dtype that this takes. At least one layer.
at::Tensor forward_added(std::span<const std::shared_ptr<Layer>> layers, const at::Tensor& input,
                         const at::Tensor& residual, LayerObserver* observer = nullptr);

}  // namespace reslab::nn
