#include "reslab/augment/resize_lines.h"

#include <algorithm>
#include <cstring>

#include "reslab/augment/resize_avx2.h"
#include "reslab/core/error.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace reslab::augment {
namespace {

constexpr std::int32_t half = 1 << (weight_bits - 1);

std::uint8_t rounded(std::int32_t sum) { return static_cast<std::uint8_t>(std::min(sum >> weight_bits, 255)); }

template <int channels>
void plain_row(const Taps& taps, const std::uint8_t* from, std::uint8_t* to) {
  for (int result = 0; result < taps.results(); ++result, to += channels) {
    const std::uint8_t* pixel = from + taps.first(result) * channels;
    const std::int32_t* weights = taps.weights(result);
    std::int32_t sums[channels];
    std::fill_n(sums, channels, half);
    for (int tap = 0; tap < taps.count(result); ++tap, pixel += channels)
      for (int c = 0; c < channels; ++c) sums[c] += weights[tap] * pixel[c];
    for (int c = 0; c < channels; ++c) to[c] = rounded(sums[c]);
  }
}

// One byte of the row from `at` on, up to `bytes`.
void plain_mix(const Taps& taps, int result, const std::uint8_t* rows, std::size_t stride, std::size_t at,
               std::size_t bytes, std::uint8_t* to) {
  const std::int32_t* weights = taps.weights(result);
  const std::uint8_t* first = rows + static_cast<std::size_t>(taps.first(result) - taps.from()) * stride;
  for (; at < bytes; ++at) {
    std::int32_t sum = half;
    for (int tap = 0; tap < taps.count(result); ++tap)
      sum += weights[tap] * first[static_cast<std::size_t>(tap) * stride + at];
    to[at] = rounded(sum);
  }
}

#ifdef __SSE2__
// The instruction that multiplies bytes by weights and adds two products takes 16 bits with a sign: a weight is cut
// into two halves of 11 bits, and its two sums are put together at the end.
struct Halves {
  __m128i high, low;  // of two weights, in every 32 bits

  explicit Halves(const std::int32_t* halves) : high(_mm_set1_epi32(halves[0])), low(_mm_set1_epi32(halves[1])) {}
};

struct Sums {
  __m128i high = _mm_setzero_si128(), low = _mm_set1_epi32(half);

  void add(__m128i values, const Halves& weights) {
    high = _mm_add_epi32(high, _mm_madd_epi16(values, weights.high));
    low = _mm_add_epi32(low, _mm_madd_epi16(values, weights.low));
  }
  __m128i result() const { return _mm_srai_epi32(_mm_add_epi32(_mm_slli_epi32(high, low_bits), low), weight_bits); }
};

template <int channels>
void vector_row(const Taps& taps, const std::uint8_t* from, std::uint8_t* to) {
  const __m128i zero = _mm_setzero_si128();
  for (int result = 0; result < taps.results(); ++result, to += channels) {
    const std::uint8_t* pixel = from + taps.first(result) * channels;
    const std::int32_t* halves = taps.halves(result);
    Sums sums;
    for (int tap = 0; tap < taps.even_count(result); tap += 2, pixel += 2 * channels) {
      const __m128i two = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(pixel));
      const __m128i pairs = _mm_unpacklo_epi8(two, _mm_srli_si128(two, channels));  // of one channel each
      sums.add(_mm_unpacklo_epi8(pairs, zero), Halves(halves + tap));
    }
    const __m128i words = _mm_packs_epi32(sums.result(), zero);
    const int bytes = _mm_cvtsi128_si32(_mm_packus_epi16(words, zero));
    std::memcpy(to, &bytes, channels);
  }
}

// 16 bytes a step; returns where it ended.
std::size_t vector_mix(const Taps& taps, int result, const std::uint8_t* rows, std::size_t stride, std::size_t bytes,
                       std::uint8_t* to) {
  const __m128i zero = _mm_setzero_si128();
  const std::int32_t* halves = taps.halves(result);
  const std::uint8_t* first = rows + static_cast<std::size_t>(taps.first(result) - taps.from()) * stride;
  std::size_t at = 0;
  for (; at + 16 <= bytes; at += 16) {
    Sums sums[4];
    for (int tap = 0; tap < taps.even_count(result); tap += 2) {
      const std::uint8_t* row = first + static_cast<std::size_t>(tap) * stride + at;
      const std::uint8_t* next = tap + 1 < taps.count(result) ? row + stride : row;  // of weight 0
      const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(row));
      const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(next));
      const __m128i front = _mm_unpacklo_epi8(a, b), back = _mm_unpackhi_epi8(a, b);
      const Halves two(halves + tap);
      sums[0].add(_mm_unpacklo_epi8(front, zero), two);
      sums[1].add(_mm_unpackhi_epi8(front, zero), two);
      sums[2].add(_mm_unpacklo_epi8(back, zero), two);
      sums[3].add(_mm_unpackhi_epi8(back, zero), two);
    }
    const __m128i front = _mm_packs_epi32(sums[0].result(), sums[1].result());
    const __m128i back = _mm_packs_epi32(sums[2].result(), sums[3].result());
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), _mm_packus_epi16(front, back));
  }
  return at;
}
#endif

template <int channels>
void any_row(const Taps& taps, const std::uint8_t* from, std::uint8_t* to) {
#ifdef __SSE2__
  if constexpr (channels > 1) return vector_row<channels>(taps, from, to);
#endif
  plain_row<channels>(taps, from, to);
}

}  // namespace

void resize_row(const Taps& taps, int channels, const std::uint8_t* from, std::uint8_t* to) {
  switch (channels) {
    case 1: return any_row<1>(taps, from, to);
    case 2: return any_row<2>(taps, from, to);
    case 3: return any_row<3>(taps, from, to);
    case 4: return any_row<4>(taps, from, to);
    default: RESLAB_ASSERT(false, channels, " channels");
  }
}

void resize_two_rows(const Taps& taps, int channels, const std::uint8_t* const from[2], std::uint8_t* const to[2]) {
  if (channels >= 3 && avx2::applies()) return avx2::resize_two_rows(taps, channels, from, to);
  for (int row = 0; row < 2; ++row) resize_row(taps, channels, from[row], to[row]);
}

void mix_rows(const Taps& taps, int result, const std::uint8_t* rows, std::size_t stride, std::size_t bytes,
              std::uint8_t* to) {
  std::size_t at = avx2::applies() ? avx2::mix_rows(taps, result, rows, stride, bytes, to) : 0;
#ifdef __SSE2__
  at += vector_mix(taps, result, rows + at, stride, bytes - at, to + at);
#endif
  plain_mix(taps, result, rows, stride, at, bytes, to);
}

}  // namespace reslab::augment
