// bf16_product.h's product by AMX: the tiles of Intel's processors from Sapphire Rapids on, 16 rows of 64 bytes each.
#pragma once

#include "reslab/nn/kernels/bf16_product.h"

namespace reslab::nn::kernels::bf16 {

inline constexpr std::int64_t amx_rows = 16;  ///< rows of the result that a tile holds

/// Like multiply_by_avx512(). Needs Instructions::amx.
void multiply_by_amx(const Product& product);

}  // namespace reslab::nn::kernels::bf16
