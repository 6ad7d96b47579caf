// Products of bf16 matrices, summed in fp32, in one thread: by AMX's tiles, else by AVX-512's dot products.
#pragma once

#include <cstdint>

namespace reslab::nn::kernels::bf16 {

inline constexpr std::int64_t panel = 32;  ///< columns that the product handles at once

enum class Instructions { none, avx512, amx };

/// The best that this build, this processor and the system have. Everything else in this namespace needs at least
/// AVX-512 with its dot products of bf16. The first call asks the system for AMX's registers, for the whole process.
Instructions instructions();

/// Whether there are any.
inline bool available() { return instructions() != Instructions::none; }

/// Rows of the result that the product handles at once: matrices of multiples of it waste nothing.
std::int64_t product_rows();

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
