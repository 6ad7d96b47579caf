// Compiled for AVX-512 with bf16: see winograd_bf16_vectors.h.
#include "reslab/nn/kernels/winograd_bf16_tiles.h"
#include "reslab/nn/kernels/winograd_bf16_transform.h"

namespace reslab::nn::kernels::bf16 {

#ifdef RESLAB_AVX512_BF16
namespace {

// Lanes are input channels in the weight and must become output channels: through squares of 16 pairs of input channels
// × 16 output channels.
template <int R, int C>
void filters_of(const Filters& filters, const float* weight, std::int64_t begin, std::int64_t end, std::uint16_t* u) {
  constexpr int columns = C + 2, positions = (R + 2) * columns;
  const std::int64_t in = filters.in, stride = (filters.out + panel - 1) / panel * panel * in;
  for (std::int64_t k0 = begin; k0 < end; k0 += lanes)
    for (std::int64_t c0 = 0; c0 < in; c0 += 2 * lanes) {
      __m512i square[positions][lanes];
      const __mmask16 mask[2] = {mask_from(c0, in), c0 + lanes < in ? mask_from(c0 + lanes, in) : __mmask16{0}};
      for (std::int64_t k = 0; k < lanes; ++k) {
        const bool exists = k0 + k < end;
        const float* const from = weight + (k0 + (exists ? k : 0)) * 9 * in + c0;
        V low[positions];
        for (int half = 0; half < 2; ++half)
          transform_tile<Filter, R, C>(
              [&](int i, int j) {
                return _mm512_maskz_loadu_ps(exists ? mask[half] : 0, from + (i * 3 + j) * in + half * lanes);
              },
              [&](int i, int j, V value) {
                const int p = i * columns + j;
                if (half == 0)
                  low[p] = value;
                else
                  square[p][k] = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(value, low[p]));
              });
      }
      const std::int64_t depth = (in - c0) / 2 < lanes ? (in - c0) / 2 : lanes;
      for (int p = 0; p < positions; ++p) {
        V rows[lanes];
        for (int k = 0; k < lanes; ++k) rows[k] = _mm512_castsi512_ps(square[p][k]);
        transpose(rows);
        std::uint16_t* const to = u + p * stride + (k0 / panel) * in * panel + c0 * panel + 2 * (k0 % panel);
        for (std::int64_t d = 0; d < depth; ++d) _mm512_storeu_ps(to + d * 2 * panel, rows[d]);
      }
    }
}

template <int R, int C, bool Turned>
void exchanged_filters_of(const Filters& filters, const float* weight, std::int64_t begin, std::int64_t end,
                          std::uint16_t* u) {
  constexpr int columns = C + 2;
  const std::int64_t in = filters.in, out = filters.out, filled = (in + panel - 1) / panel * panel;
  const std::int64_t stride = filled * out;
  for (std::int64_t k = begin; k < end; k += 2)
    for (std::int64_t c = 0; c < filled; c += lanes) {
      const __mmask16 mask = c < in ? mask_from(c, in) : 0;
      std::uint16_t* const to = u + (c / panel) * out * panel + k * panel + 2 * (c % panel);
      const auto element = [&](std::int64_t from) {
        return [=](int i, int j) {
          const int place = Turned ? 8 - (i * 3 + j) : i * 3 + j;
          return _mm512_maskz_loadu_ps(mask, weight + (from * 9 + place) * in + c);
        };
      };
      V kept[(R + 2) * columns];
      transform_tile<Filter, R, C>(element(k), [&](int i, int j, V value) { kept[i * columns + j] = value; });
      transform_tile<Filter, R, C>(element(k + 1), [&](int i, int j, V value) {
        const int p = i * columns + j;
        _mm512_storeu_si512(to + p * stride, pairs(kept[p], value));
      });
    }
}

// Lanes are output channels in du and must become input channels.
template <int R, int C>
void filter_gradients_of(const Filters& filters, const Sums& du, std::int64_t begin, std::int64_t end,
                         float* gradient) {
  const std::int64_t in = filters.in;
  for (std::int64_t k0 = begin; k0 < end; k0 += lanes)
    for (std::int64_t c0 = 0; c0 < in; c0 += lanes) {
      V square[9][lanes];
      const std::int64_t rows = in - c0 < lanes ? in - c0 : lanes;
      for (std::int64_t c = 0; c < lanes; ++c)
        transform_tile<FilterGradient, R, C>(
            sums_of<C>(du.data + (c0 + (c < rows ? c : 0)) * du.columns + k0, du.stride),
            [&](int i, int j, V value) { square[i * 3 + j][c] = value; });
      const __mmask16 mask = mask_from(c0, in);
      for (int e = 0; e < 9; ++e) {
        transpose(square[e]);
        for (std::int64_t k = 0; k < lanes && k0 + k < end; ++k) {
          float* const to = gradient + ((k0 + k) * 9 + e) * in + c0;
          _mm512_mask_storeu_ps(to, mask, _mm512_add_ps(square[e][k], _mm512_maskz_loadu_ps(mask, to)));
        }
      }
    }
}

}  // namespace

void transform_filters(const Filters& filters, const float* weight, std::int64_t begin, std::int64_t end,
                       std::uint16_t* u) {
  with_sides(filters.row_side, filters.column_side,
             [&](auto r, auto c) { filters_of<r.value, c.value>(filters, weight, begin, end, u); });
}

void transform_turned_filters(const Filters& filters, const float* weight, std::int64_t begin, std::int64_t end,
                              std::uint16_t* u) {
  with_sides(filters.row_side, filters.column_side,
             [&](auto r, auto c) { exchanged_filters_of<r.value, c.value, true>(filters, weight, begin, end, u); });
}

void transform_exchanged_filters(const Filters& filters, const float* weight, std::int64_t begin, std::int64_t end,
                                 std::uint16_t* u) {
  with_even_sides(filters.row_side, filters.column_side, [&](auto r, auto c) {
    exchanged_filters_of<r.value, c.value, false>(filters, weight, begin, end, u);
  });
}

void transform_filter_gradient(const Filters& filters, const Sums& du, std::int64_t begin, std::int64_t end,
                               float* gradient) {
  with_sides(filters.row_side, filters.column_side,
             [&](auto r, auto c) { filter_gradients_of<r.value, c.value>(filters, du, begin, end, gradient); });
}

#else  // A compiler without AVX-512's bf16: nothing of this is ever called.

void transform_filters(const Filters&, const float*, std::int64_t, std::int64_t, std::uint16_t*) { __builtin_trap(); }
void transform_turned_filters(const Filters&, const float*, std::int64_t, std::int64_t, std::uint16_t*) {
  __builtin_trap();
}
void transform_exchanged_filters(const Filters&, const float*, std::int64_t, std::int64_t, std::uint16_t*) {
  __builtin_trap();
}
void transform_filter_gradient(const Filters&, const Sums&, std::int64_t, std::int64_t, float*) { __builtin_trap(); }

#endif

}  // namespace reslab::nn::kernels::bf16
