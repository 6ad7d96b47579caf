// Convolutions of 3×3 by Winograd's method on the CPU: up to 4 × fewer multiplications than the direct sum, in the
// output and in both gradients (see winograd_blocks.h for formulas and source). Activations are fp32, or bf16 on
// processors that multiply bf16 (winograd_bf16_tiles.h); weights and their gradient are fp32.
//
//   if (kernels::winograd_applies(input, weight)) output = kernels::winograd_conv3x3(input, weight);
//
// Stride 1, one pixel of zeros around the map, no bias. The result differs from the direct sum by rounding alone: in
// fp32 by about 1e-5 of the largest value (tests/nn/kernels hold it to 2e-5, the weight's gradient to 3e-5), in bf16 by
// about 1.3 % of the norm where values are independent, and less where neighbours agree. It doesn't depend on the
// number of threads, nor, for one image, on the others in its batch.
#pragma once

#include <ATen/core/Tensor.h>

namespace reslab::nn::kernels {

/// Which instructions it runs by for activations of this type: "AVX2", "AVX-512 bf16", "AMX bf16", …; nullptr where it
/// doesn't.
const char* winograd_instructions(at::ScalarType activations);

/// Whether winograd_conv3x3 can take these and is expected to be faster than libtorch's convolution: on a CPU with
/// instructions for the input's type, the weight fp32, the input channels-last, both channel counts multiples of 8 and
/// at least 16, maps of at least 3×3, in bf16 2×2.
bool winograd_applies(const at::Tensor& input, const at::Tensor& weight);

/// input: [n, in, h, w], channels-last. weight: [out, in, 3, 3]. Returns [n, out, h, w], channels-last. Differentiable
/// once.
at::Tensor winograd_conv3x3(const at::Tensor& input, const at::Tensor& weight);

/// Max-pooling by windows of 2×2 of winograd_conv3x3: [n, out, ⌊h / 2⌋, ⌊w / 2⌋]. In bf16 the map before the pooling is
/// never written, neither on the way forward nor back. Differentiable once.
at::Tensor winograd_conv3x3_pool2(const at::Tensor& input, const at::Tensor& weight);

/// Σ over the output of grad_output · ∂output / ∂input: [n, in, h, w], channels-last.
at::Tensor winograd_input_gradient(const at::Tensor& grad_output, const at::Tensor& weight);

/// Likewise of the weight: [out, in, 3, 3], channels-last.
at::Tensor winograd_weight_gradient(const at::Tensor& grad_output, const at::Tensor& input);

}  // namespace reslab::nn::kernels
