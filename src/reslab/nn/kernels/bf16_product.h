// Products of bf16 matrices, summed in fp32, in one thread: by AMX's tiles, else by AVX-512's dot products.
#pragma once

#include <cstdint>

namespace reslab::nn::kernels::bf16 {

inline constexpr std::int64_t panel = 32;  ///< columns that the product handles at once

/// Each has what those before it have.
enum class Instructions { none, avx512, amx };

/// The best that this build, this processor and the system have; at most AVX-512 where the environment's
/// RESLAB_INSTRUCTIONS is "avx512". Everything else in this namespace needs at least AVX-512 with its dot products of
/// bf16. The first call asks the system for AMX's registers, for the whole process. Throws UserError where the variable
/// holds anything else.
Instructions instructions();

/// Rows of the result that the product handles at once: matrices of multiples of it waste nothing.
std::int64_t product_rows();

/// For each of `count` products: result[row][column] = Σ_k left(row, k) · right(k, column), or += with `accumulate`.
/// Elements come in pairs: `depth` and the strides of `left` and `right` count pairs of bf16, each held in two
/// std::uint16_t. The order of a sum depends on the instructions and on the depth alone.
struct Product {
  const std::uint16_t* left;
  std::int64_t left_row, left_depth;  ///< strides of left: one of them is 1
  const std::uint16_t* right;         ///< [columns / panel][depth][panel][2], panels right_panel apart
  std::int64_t right_panel;
  float* result;  ///< [rows][result_row]
  std::int64_t result_row;
  std::int64_t rows, columns, depth;  ///< all at least 1; columns: a multiple of the panel
  bool accumulate = false;
  std::int64_t count = 1;                      ///< products of one shape, which follow each other at these distances
  std::int64_t left_next = 0, right_next = 0;  ///< in pairs
  std::int64_t result_next = 0;                ///< in floats

  /// To the next of the products. Inline always: see winograd_bf16_vectors.h.
  [[gnu::always_inline]] void advance() {
    left += 2 * left_next;
    right += 2 * right_next;
    result += result_next;
  }
};
void multiply(const Product& product);

}  // namespace reslab::nn::kernels::bf16
