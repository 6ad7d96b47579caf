// For the files of bf16 kernels that are compiled for AVX-512 with bf16, and run only where the processor has both:
// vectors, and Winograd's transforms of one dimension on them.
//
// Nothing from the standard library is used in those files: a copy of one of its functions compiled with these
// instructions could be the one that other processors get too.
#pragma once

#include <cstdint>

#if defined(__AVX512BF16__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
#include <immintrin.h>
#define RESLAB_AVX512_BF16 1

namespace reslab::nn::kernels::bf16 {
namespace {

using V = __m512;
constexpr std::int64_t lanes = 16;

inline V times(float factor, V value) { return _mm512_mul_ps(_mm512_set1_ps(factor), value); }
inline V add_times(V sum, float factor, V value) { return _mm512_fmadd_ps(_mm512_set1_ps(factor), value, sum); }

// What stands for a pair of points ±p. Additions, which some processors do beside multiplications.
inline void plus_minus(V even, V odd, V* to) {
  to[0] = _mm512_add_ps(even, odd);
  to[1] = _mm512_sub_ps(even, odd);
}

// Lanes of the channels from c on that exist.
inline __mmask16 mask_from(std::int64_t c, std::int64_t channels) {
  return channels - c >= lanes ? 0xFFFF : static_cast<__mmask16>((1U << (channels - c)) - 1);
}

inline V load(const std::uint16_t* from, __mmask16 mask) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, from)), 16));
}

inline void store(std::uint16_t* to, __mmask16 mask, V value) {
  _mm256_mask_storeu_epi16(to, mask, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value)));
}

// For each lane its pair of bf16, `first` in the lower half.
inline __m512i pairs(V first, V second) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(order, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first)));
}

// Rows and columns of a square of 16 × 16 exchanged.
inline void transpose(V* r) {
  V t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
  const auto low = [](V x, V y) {
    return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(x), _mm512_castps_pd(y)));
  };
  const auto high = [](V x, V y) {
    return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(x), _mm512_castps_pd(y)));
  };
  for (int i = 0; i < 16; i += 4) {
    r[i] = low(t[i], t[i + 2]);
    r[i + 1] = high(t[i], t[i + 2]);
    r[i + 2] = low(t[i + 1], t[i + 3]);
    r[i + 3] = high(t[i + 1], t[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
  }
  for (int i = 0; i < 4; ++i) {
    r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
    r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
    r[i + 4] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88);
    r[i + 12] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd);
  }
}

// The transforms of one dimension, by the points ±a and ±b, zero for sides of 4, and infinity. With P the product of (x
// − point) over the finite points, the row of Bᵀ for a point holds the coefficients of P / (x − point), the row for
// infinity those of P, and G carries 1 / (P / (x − point))(point).
template <int Side>
struct Lines {
  static constexpr bool zero = Side == 4;  // whether 0 is a point
  static constexpr float a = zero ? 0.625F : 0.5F, b = zero ? 1.5F : 1.25F;
  static constexpr float a2 = a * a, b2 = b * b;
  static constexpr float per_a = 1 / (2 * (zero ? a2 : a) * (a2 - b2)), per_b = 1 / (2 * (zero ? b2 : b) * (b2 - a2));
  static constexpr float per_zero = 1 / (a2 * b2);
  static constexpr int pa = zero ? 1 : 0, pb = pa + 2, infinity = pb + 2;  // positions of a, b (−a, −b follow), ∞

  static_assert(Side == 3 || Side == 4);

  // One dimension of Bᵀ x.
  static void input(const V* d, V* t) {
    const V low_a = add_times(d[2], -b2, d[0]), low_b = add_times(d[2], -a2, d[0]);  // x² − b², x² − a² on d[0], d[2]
    const V high_a = add_times(d[3], -b2, d[1]), high_b = add_times(d[3], -a2, d[1]);
    if constexpr (zero) {
      const V even_a = add_times(d[4], -b2, d[2]), even_b = add_times(d[4], -a2, d[2]);
      t[0] = add_times(even_a, -a2, low_a);
      plus_minus(even_a, times(a, high_a), t + pa);
      plus_minus(even_b, times(b, high_b), t + pb);
      t[infinity] = add_times(add_times(d[5], -b2, d[3]), -a2, high_a);
    } else {
      plus_minus(times(a, low_a), high_a, t + pa);
      plus_minus(times(b, low_b), high_b, t + pb);
      t[infinity] = add_times(add_times(d[4], -b2, d[2]), -a2, low_a);
    }
  }

  // One dimension of B m: sides of 4 alone.
  static void input_gradient(const V* m, V* d) {
    static_assert(zero);
    const V sum_a = _mm512_add_ps(m[pa], m[pa + 1]), sum_b = _mm512_add_ps(m[pb], m[pb + 1]);
    const V odd_a = times(a, _mm512_sub_ps(m[pa], m[pa + 1])), odd_b = times(b, _mm512_sub_ps(m[pb], m[pb + 1]));
    d[0] = times(a2 * b2, m[0]);
    d[1] = add_times(add_times(times(a2 * b2, m[infinity]), -b2, odd_a), -a2, odd_b);
    d[2] = add_times(add_times(times(-(a2 + b2), m[0]), -b2, sum_a), -a2, sum_b);
    d[3] = add_times(_mm512_add_ps(odd_a, odd_b), -(a2 + b2), m[infinity]);
    d[4] = _mm512_add_ps(_mm512_add_ps(sum_a, sum_b), m[0]);
    d[5] = m[infinity];
  }

  // One dimension of Aᵀ m.
  static void output(const V* m, V* y) {
    const V sum_a = _mm512_add_ps(m[pa], m[pa + 1]), difference_a = _mm512_sub_ps(m[pa], m[pa + 1]);
    const V sum_b = _mm512_add_ps(m[pb], m[pb + 1]), difference_b = _mm512_sub_ps(m[pb], m[pb + 1]);
    y[0] = _mm512_add_ps(sum_a, sum_b);
    if constexpr (zero) y[0] = _mm512_add_ps(y[0], m[0]);
    y[1] = add_times(times(a, difference_a), b, difference_b);
    y[2] = add_times(times(a2, sum_a), b2, sum_b);
    if constexpr (Side == 4) y[3] = add_times(times(a2 * a, difference_a), b2 * b, difference_b);
    y[Side - 1] = _mm512_add_ps(y[Side - 1], m[infinity]);
  }

  // One dimension of A dy.
  static void gradient(const V* y, V* m) {
    const V even_a = add_times(y[0], a2, y[2]), even_b = add_times(y[0], b2, y[2]);
    V odd_a = y[1], odd_b = y[1];
    if constexpr (Side == 4) {
      odd_a = add_times(odd_a, a2, y[3]);
      odd_b = add_times(odd_b, b2, y[3]);
    }
    if constexpr (zero) m[0] = y[0];
    plus_minus(even_a, times(a, odd_a), m + pa);
    plus_minus(even_b, times(b, odd_b), m + pb);
    m[infinity] = y[Side - 1];
  }

  // One dimension of G g.
  static void filter(const V* g, V* u) {
    const V even_a = times(per_a, add_times(g[0], a2, g[2])), odd_a = times(per_a * a, g[1]);
    const V even_b = times(per_b, add_times(g[0], b2, g[2])), odd_b = times(per_b * b, g[1]);
    if constexpr (zero) u[0] = times(per_zero, g[0]);
    plus_minus(even_a, odd_a, u + pa);
    plus_minus(even_b, odd_b, u + pb);
    u[infinity] = g[2];
  }

  // One dimension of Gᵀ du.
  static void filter_gradient(const V* u, V* g) {
    const V sum_a = times(per_a, _mm512_add_ps(u[pa], u[pa + 1])),
            sum_b = times(per_b, _mm512_add_ps(u[pb], u[pb + 1]));
    g[0] = _mm512_add_ps(sum_a, sum_b);
    if constexpr (zero) g[0] = add_times(g[0], per_zero, u[0]);
    g[1] = add_times(times(per_a * a, _mm512_sub_ps(u[pa], u[pa + 1])), per_b * b, _mm512_sub_ps(u[pb], u[pb + 1]));
    g[2] = add_times(add_times(u[infinity], a2, sum_a), b2, sum_b);
  }
};

// By the points 0, ±1 and infinity.
template <>
struct Lines<2> {
  static void input(const V* d, V* t) {
    t[0] = _mm512_sub_ps(d[0], d[2]);
    t[1] = _mm512_add_ps(d[2], d[1]);
    t[2] = _mm512_sub_ps(d[2], d[1]);
    t[3] = _mm512_sub_ps(d[3], d[1]);
  }
  static void input_gradient(const V* m, V* d) {
    d[0] = m[0];
    d[1] = _mm512_sub_ps(_mm512_sub_ps(m[1], m[2]), m[3]);
    d[2] = _mm512_sub_ps(_mm512_add_ps(m[1], m[2]), m[0]);
    d[3] = m[3];
  }
  static void output(const V* m, V* y) {
    y[0] = _mm512_add_ps(m[0], _mm512_add_ps(m[1], m[2]));
    y[1] = _mm512_add_ps(m[3], _mm512_sub_ps(m[1], m[2]));
  }
  static void gradient(const V* y, V* m) {
    m[0] = y[0];
    m[1] = _mm512_add_ps(y[0], y[1]);
    m[2] = _mm512_sub_ps(y[0], y[1]);
    m[3] = y[1];
  }
  static void filter(const V* g, V* u) {
    const V outer = times(0.5F, _mm512_add_ps(g[0], g[2])), middle = times(0.5F, g[1]);
    u[0] = g[0];
    u[1] = _mm512_add_ps(outer, middle);
    u[2] = _mm512_sub_ps(outer, middle);
    u[3] = g[2];
  }
  static void filter_gradient(const V* u, V* g) {
    const V sum = times(0.5F, _mm512_add_ps(u[1], u[2]));
    g[0] = _mm512_add_ps(u[0], sum);
    g[1] = times(0.5F, _mm512_sub_ps(u[1], u[2]));
    g[2] = _mm512_add_ps(u[3], sum);
  }
};

}  // namespace
}  // namespace reslab::nn::kernels::bf16
#elif defined(RESLAB_HAS_AVX512_BF16)
#error "the build says that these files are compiled for AVX-512 with bf16"
#endif
