// bf16_product.h's product by AVX-512's dot products of bf16.
#pragma once

#include "reslab/nn/kernels/bf16_product.h"

namespace reslab::nn::kernels::bf16 {

inline constexpr std::int64_t avx512_rows = 12;  ///< rows of the result that registers hold

/// Needs Instructions::avx512 or more.
void multiply_by_avx512(const Product& product);

}  // namespace reslab::nn::kernels::bf16
