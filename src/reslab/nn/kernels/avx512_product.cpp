// Compiled for AVX-512 with bf16: see winograd_bf16_vectors.h.
#include "reslab/nn/kernels/avx512_product.h"

#include "reslab/nn/kernels/winograd_bf16_vectors.h"

namespace reslab::nn::kernels::bf16 {

#ifdef RESLAB_AVX512_BF16
namespace {

// Rows × two vectors of the result stay in registers.
template <int Rows>
[[gnu::always_inline]] inline void product_block(const std::uint32_t* __restrict left, std::int64_t left_row,
                                                 std::int64_t left_depth, const std::uint32_t* __restrict right,
                                                 std::int64_t depth, float* __restrict result, std::int64_t result_row,
                                                 bool accumulate) {
  V low[Rows], high[Rows];
  for (int i = 0; i < Rows; ++i) {
    low[i] = accumulate ? _mm512_loadu_ps(result + i * result_row) : _mm512_setzero_ps();
    high[i] = accumulate ? _mm512_loadu_ps(result + i * result_row + lanes) : _mm512_setzero_ps();
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    const auto right_low = reinterpret_cast<__m512bh>(_mm512_loadu_si512(right));
    const auto right_high = reinterpret_cast<__m512bh>(_mm512_loadu_si512(right + lanes));
    for (int i = 0; i < Rows; ++i) {
      const auto value = reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<int>(left[i * left_row])));
      low[i] = _mm512_dpbf16_ps(low[i], value, right_low);
      high[i] = _mm512_dpbf16_ps(high[i], value, right_high);
    }
    left += left_depth;
    right += panel;
  }
  for (int i = 0; i < Rows; ++i) {
    _mm512_storeu_ps(result + i * result_row, low[i]);
    _mm512_storeu_ps(result + i * result_row + lanes, high[i]);
  }
}

constexpr int most_rows = static_cast<int>(avx512_rows);

static_assert(2 * most_rows <= 24, "the result and a row of the right matrix fit into 32 registers");

template <int Rows>
void multiply_rows(const Product& p, std::int64_t row, std::int64_t column) {
  const auto* const left = reinterpret_cast<const std::uint32_t*>(p.left) + row * p.left_row;
  const auto* const right = reinterpret_cast<const std::uint32_t*>(p.right) + column / panel * p.right_panel;
  float* const result = p.result + row * p.result_row + column;
  // The stride that is 1 is made known to the compiler.
  if (p.left_depth == 1)
    product_block<Rows>(left, p.left_row, 1, right, p.depth, result, p.result_row, p.accumulate);
  else
    product_block<Rows>(left, 1, p.left_depth, right, p.depth, result, p.result_row, p.accumulate);
}

template <int Rows>
void multiply_remaining(const Product& p, std::int64_t row, std::int64_t column) {
  if constexpr (Rows > 0) {
    if (p.rows - row == Rows) return multiply_rows<Rows>(p, row, column);
    multiply_remaining<Rows - 1>(p, row, column);
  }
}

}  // namespace

void multiply_by_avx512(const Product& product) {
  Product p = product;
  for (std::int64_t i = 0; i < product.count; ++i) {
    for (std::int64_t column = 0; column < p.columns; column += panel) {
      std::int64_t row = 0;
      for (; row + most_rows <= p.rows; row += most_rows) multiply_rows<most_rows>(p, row, column);
      multiply_remaining<most_rows - 1>(p, row, column);
    }
    p.advance();
  }
}

#else

void multiply_by_avx512(const Product&) { __builtin_trap(); }

#endif

}  // namespace reslab::nn::kernels::bf16
