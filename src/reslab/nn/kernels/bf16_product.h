// Products of bf16 matrices, summed in fp32, by AVX-512's dot products, in one thread.
#pragma once

#include <cstdint>

namespace reslab::nn::kernels::bf16 {

inline constexpr std::int64_t panel = 32;  ///< columns that the product handles at once

/// Whether this build and this processor can run what is in this namespace. Everything else here needs it.
bool available();

/// result[row][column] = Σ_k left(row, k) · right(k, column), or += with `accumulate`. Products are summed in pairs:
/// `depth` and the strides of `left` and `right` count pairs of bf16, each held in two std::uint16_t.
struct Product {
  const std::uint16_t* left;
  std::int64_t left_row, left_depth;  ///< strides of left: one of them is 1
  const std::uint16_t* right;         ///< [columns / panel][depth][panel][2], panels right_panel apart
  std::int64_t right_panel;
  float* result;  ///< [rows][result_row]
  std::int64_t result_row;
  std::int64_t rows, columns, depth;  ///< columns: a multiple of the panel
  bool accumulate = false;
};
void multiply(const Product& product);

}  // namespace reslab::nn::kernels::bf16
