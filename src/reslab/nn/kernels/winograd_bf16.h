// Winograd's 3×3 convolution of bf16 activations with fp32 weights, on processors with AVX-512's bf16 dot products: the
// passes that kernels::winograd_conv3x3 runs for bf16. See winograd_bf16_tiles.h for the method and its rounding.
//
// The weight's gradient is fp32. Results don't depend on the number of threads.
#pragma once

#include <ATen/core/Tensor.h>

namespace reslab::nn::kernels::bf16 {

/// x: [n, in, h, w], bf16, channels-last. weight: [out, in, 3, 3], fp32. Returns [n, out, h, w], bf16, channels-last.
at::Tensor output(const at::Tensor& x, const at::Tensor& weight);

/// A map after max-pooling of 2×2, or the gradient of one. Without slots: a map as it is.
struct Pooled {
  at::Tensor values;  ///< [n, c, ⌊h / 2⌋, ⌊w / 2⌋], bf16, channels-last
  at::Tensor slots;   ///< the same shape and order, uint8: where in its window a value was, 2 · row + column
};

/// The output pooled. The whole map is never written; of equal values in a window the first counts.
Pooled pooled_output(const at::Tensor& x, const at::Tensor& weight);

/// dy: the gradient of the output, [n, out, h, w], or of the pooled output with the slots of its values; `input`: the
/// input's shape, [n, in, h, w]. Returns that, bf16, channels-last.
at::Tensor input_gradient(const Pooled& dy, at::IntArrayRef input, const at::Tensor& weight);

/// dy likewise. Returns [out, in, 3, 3], fp32, channels-last.
at::Tensor weight_gradient(const Pooled& dy, const at::Tensor& x);

}  // namespace reslab::nn::kernels::bf16
