// The arithmetic of a convolution of few values, its bias and an activation, on one image in one thread: no tensors
// here, only numbers.
//
//   u[pixel][o] = Σ filters[o] · patch + bias[o]        y = f(u)
//
// A patch is a square of `side` pixels; there are no borders, so that the result is side − 1 pixels smaller. Images are
// [height, width, channels] without gaps, of fp32 or bf16 (rounded to the nearest even); everything between is fp32,
// activations as exact as norm_rows.h says.
#pragma once

#include <cstdint>

#include "reslab/nn/kernels/norm_rows.h"

namespace reslab::nn::kernels {

inline constexpr std::int64_t most_patch_filters = 256;

struct Patches {
  Element type = Element::fp32;
  std::int64_t height = 0, width = 0;  ///< of an image, pixels; at least `side`
  std::int64_t in = 0, side = 0;
  std::int64_t out = 0;  ///< filters: a multiple of 8, most_patch_filters at most
  Activation activation = Activation::none;

  std::int64_t values() const { return side * side * in; }
  std::int64_t pixels() const { return (height - side + 1) * (width - side + 1); }  ///< of the result
};

/// Filters and biases in the order in which vectors take them; so many floats.
std::int64_t arranged_floats(const Patches& patches);

/// filters: [out][side][side][in].
void arrange_filters(const Patches& patches, const float* filters, const float* bias, float* arranged);

/// Room for an image in fp32, floats.
std::int64_t patch_scratch_floats(const Patches& patches);

/// y: [pixels][out], of the images' type.
void patch_activation(const Patches& patches, const void* image, const float* arranged, float* scratch, void* y);

/// The gradient of the bias: sums[o] = Σ over the pixels of dy · f'(u). u is computed anew.
void patch_bias_gradient(const Patches& patches, const void* image, const void* dy, const float* arranged,
                         float* scratch, float* sums);

}  // namespace reslab::nn::kernels
