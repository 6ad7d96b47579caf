#include "reslab/augment/resize_avx2.h"

#include <cstring>

#include "reslab/core/error.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define RESLAB_HAS_AVX2
#define RESLAB_AVX2 __attribute__((target("avx2")))
#endif

namespace reslab::augment::avx2 {

#ifdef RESLAB_HAS_AVX2
namespace {

constexpr std::int32_t half = 1 << (weight_bits - 1);

// Places of a row's bytes, four pixels of `channels` bytes, in 32-bit elements of two 16-bit values: for each channel
// the values of pixels 0 and 1, then those of pixels 2 and 3. 0x80 gives a zero.
RESLAB_AVX2 __m256i places_of_pairs(int channels) {
  alignas(32) std::uint8_t places[32];
  for (int c = 0; c < 4; ++c)
    for (int pixel = 0; pixel < 4; ++pixel) {
      const int at = 8 * c + 2 * pixel;
      places[at] = c < channels ? static_cast<std::uint8_t>(pixel * channels + c) : 0x80;
      places[at + 1] = 0x80;
    }
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(places));
}

struct Weights {
  __m256i high, low;  // of pixels 0 and 1 in even 32-bit elements, of pixels 2 and 3 in odd ones
};

// halves: of four taps, or of two where `taps` is 2; the others count nothing then.
RESLAB_AVX2 inline Weights weights_of(const std::int32_t* halves, int taps) {
  const __m128i some = taps >= 4 ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(halves))
                                 : _mm_loadl_epi64(reinterpret_cast<const __m128i*>(halves));
  const __m256i all = _mm256_broadcastsi128_si256(some);  // high, low, high, low
  return {.high = _mm256_shuffle_epi32(all, _MM_SHUFFLE(2, 0, 2, 0)),
          .low = _mm256_shuffle_epi32(all, _MM_SHUFFLE(3, 1, 3, 1))};
}

struct Sums {
  __m256i high, low;
};

RESLAB_AVX2 inline void add(Sums& sums, __m256i values, const Weights& weights) {
  sums.high = _mm256_add_epi32(sums.high, _mm256_madd_epi16(values, weights.high));
  sums.low = _mm256_add_epi32(sums.low, _mm256_madd_epi16(values, weights.low));
}

RESLAB_AVX2 inline __m256i joined(const Sums& sums) {
  return _mm256_add_epi32(_mm256_slli_epi32(sums.high, low_bits), sums.low);
}

RESLAB_AVX2 inline __m256i four_pixels(const std::uint8_t* from, __m256i places) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), places);
}

// The pixel whose channels' sums are those of two neighbouring 32-bit elements each.
template <int channels>
RESLAB_AVX2 inline void write_pixel(const Sums& sums, std::uint8_t* to) {
  const __m256i parts = joined(sums);
  const __m256i whole = _mm256_srai_epi32(_mm256_add_epi32(parts, _mm256_srli_epi64(parts, 32)), weight_bits);
  const __m256i limited = _mm256_min_epu32(whole, _mm256_set1_epi32(255));
  const __m256i bytes = _mm256_shuffle_epi8(limited, _mm256_set1_epi64x(0x0800));  // two channels in each half
  const __m128i pixel = _mm_unpacklo_epi16(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
  const int all = _mm_cvtsi128_si32(pixel);
  std::memcpy(to, &all, channels);
}

template <int channels>
RESLAB_AVX2 void resize_two(const Taps& taps, const std::uint8_t* const from[2], std::uint8_t* const to[2]) {
  const __m256i places = places_of_pairs(channels);
  const __m256i start = _mm256_set1_epi64x(half);  // in even elements: once for each channel
  std::uint8_t *first = to[0], *second = to[1];
  for (int result = 0; result < taps.results(); ++result, first += channels, second += channels) {
    const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(taps.first(result)) * channels;
    const std::uint8_t *pixel = from[0] + begin, *other = from[1] + begin;
    const std::int32_t* halves = taps.halves(result);
    Sums sums{_mm256_setzero_si256(), start}, others = sums;
    for (int left = taps.even_count(result); left > 0; left -= 4, halves += 4) {
      const Weights weights = weights_of(halves, left);
      add(sums, four_pixels(pixel, places), weights);
      add(others, four_pixels(other, places), weights);
      pixel += std::ptrdiff_t{4} * channels;
      other += std::ptrdiff_t{4} * channels;
    }
    write_pixel<channels>(sums, first);
    write_pixel<channels>(others, second);
  }
}

}  // namespace

bool applies() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}

void resize_two_rows(const Taps& taps, int channels, const std::uint8_t* const from[2], std::uint8_t* const to[2]) {
  RESLAB_ASSERT(channels == 3 || channels == 4, channels, " channels");
  channels == 3 ? resize_two<3>(taps, from, to) : resize_two<4>(taps, from, to);
}

RESLAB_AVX2 std::size_t mix_rows(const Taps& taps, int result, const std::uint8_t* rows, std::size_t stride,
                                 std::size_t bytes, std::uint8_t* to) {
  const __m256i zero = _mm256_setzero_si256();
  const std::int32_t* halves = taps.halves(result);
  const std::uint8_t* first = rows + static_cast<std::size_t>(taps.first(result) - taps.from()) * stride;
  std::size_t at = 0;
  for (; at + 32 <= bytes; at += 32) {
    Sums sums[4];
    for (Sums& one : sums) one = {zero, _mm256_set1_epi32(half)};
    for (int tap = 0; tap < taps.even_count(result); tap += 2) {
      const std::uint8_t* row = first + static_cast<std::size_t>(tap) * stride + at;
      const std::uint8_t* next = tap + 1 < taps.count(result) ? row + stride : row;  // of weight 0
      const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row));
      const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(next));
      const __m256i front = _mm256_unpacklo_epi8(a, b), back = _mm256_unpackhi_epi8(a, b);
      const Weights weights{_mm256_set1_epi32(halves[tap]), _mm256_set1_epi32(halves[tap + 1])};
      add(sums[0], _mm256_unpacklo_epi8(front, zero), weights);
      add(sums[1], _mm256_unpackhi_epi8(front, zero), weights);
      add(sums[2], _mm256_unpacklo_epi8(back, zero), weights);
      add(sums[3], _mm256_unpackhi_epi8(back, zero), weights);
    }
    __m256i words[4];
    for (int i = 0; i < 4; ++i) words[i] = _mm256_srai_epi32(joined(sums[i]), weight_bits);
    const __m256i packed =
        _mm256_packus_epi16(_mm256_packs_epi32(words[0], words[1]), _mm256_packs_epi32(words[2], words[3]));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + at), packed);
  }
  return at;
}
#else
bool applies() { return false; }
void resize_two_rows(const Taps&, int, const std::uint8_t* const[2], std::uint8_t* const[2]) {
  RESLAB_ASSERT(false, "no such instructions");
}
std::size_t mix_rows(const Taps&, int, const std::uint8_t*, std::size_t, std::size_t, std::uint8_t*) { return 0; }
#endif

}  // namespace reslab::augment::avx2
