// The arithmetic of batch normalisation and activation on rows of channels, in one thread: no tensors here, only
// numbers.
//
//   u = x · scale + shift       y = f(u) + residual, or f(u + residual)
//
// A row is a pixel; rows lie without gaps, [rows, channels]. Elements are fp32 or bf16 (rounded to the nearest even);
// everything between is fp32.
// Activations of fp32 elements are exact to 1e-6 of the largest; of bf16 ones SiLU and its derivative to 5e-4 of a
// value, GELU to 2e-5 and its derivative to 8e-5 (of 1), where bf16 rounds values from 1 to 2 by up to 4e-3.
#pragma once

#include <cstdint>

#include "reslab/nn/kernels/activation_kind.h"

namespace reslab::nn::kernels {

enum class Element { fp32, bf16 };

/// The shape of a matrix in memory: `rows` rows of `channels` elements each, without gaps.
struct Rows {
  Element type = Element::fp32;
  std::int64_t rows = 0, channels = 0;
};

/// mean[c] = Σ x / rows and squares[c] = Σ (x − mean)², by sums around a pivot near the mean, so that neither a large
/// mean nor a tiny deviation costs digits. rows ≥ 1.
void row_statistics(const Rows& rows, const void* x, float* mean, float* squares);

/// The factors of u = scale[c] · x + shift[c].
struct Affine {
  const float* scale;
  const float* shift;
};

/// A matrix of the same shape that is added; null adds nothing.
struct Residual {
  const void* rows = nullptr;
  bool first = false;  ///< true: it is added to u, before the activation; false: to the activation's result
};

/// Writes y = f(u) + residual, or f(u + residual). y must not alias x or the residual.
void row_activation(const Rows& rows, const void* x, const Affine& affine, Activation activation,
                    const Residual& residual, void* y);

/// With g = dy · f'(u): sum[c] = Σ g and product[c] = Σ g · (x − mean).
void row_gradient_sums(const Rows& rows, const void* x, const void* dy, const Affine& affine, Activation activation,
                       const float* mean, float* sum, float* product);

/// The same where a residual was added before the activation: g = dy · f'(u + residual), the residual's gradient, is
/// written to g, which must not alias an input.
void row_residual_gradient(const Rows& rows, const void* x, const void* residual, const void* dy, const Affine& affine,
                           Activation activation, const float* mean, float* sum, float* product, void* g);

/// The part of x's gradient, by channel, that comes from x's share in the batch's mean and deviation, beside g · scale.
struct Correction {
  const float* mean;
  const float* slope;
  const float* offset;
};

/// dx = g · scale + (x − mean) · slope + offset. dx is none of the others.
void row_gradient(const Rows& rows, const void* x, const void* dy, const Affine& affine, Activation activation,
                  const Correction& correction, void* dx);

/// Which instructions these run by: "AVX3", "AVX2", …
const char* row_instructions();

}  // namespace reslab::nn::kernels
