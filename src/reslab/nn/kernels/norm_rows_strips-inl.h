// Strips of channels through all rows, and passes over them. Compiled once for each set of instructions, by those who
// include it after hwy/foreach_target.h.
#if defined(RESLAB_NORM_ROWS_STRIPS) == defined(HWY_TARGET_TOGGLE)
#ifdef RESLAB_NORM_ROWS_STRIPS
#undef RESLAB_NORM_ROWS_STRIPS
#else
#define RESLAB_NORM_ROWS_STRIPS
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cstdint>

#include "reslab/nn/kernels/norm_rows.h"
#include "reslab/nn/kernels/norm_rows_functions-inl.h"

HWY_BEFORE_NAMESPACE();
namespace reslab::nn::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Vectors of channels whose sums and factors stay in registers.
constexpr int strip_vectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;

// How far ahead memory is asked for, in elements: some hundred nanoseconds' work.
constexpr std::int64_t elements_ahead = 2048;

// A strip is N vectors of channels, from `channel` on, in all rows; `left` channels exist from there. The last vector
// of a row may be wider than the channels that are left. It is still read and written whole where enough rows follow in
// memory: the lanes beyond the row then overwrite the beginning of the next rows, which hold channels that are computed
// later (for_each_strip goes from the last channels to the first). Requires: results that don't alias their inputs.
template <int N>
struct Strip {
  HWY_INLINE Strip(const Rows& all, std::int64_t first)
      : rows(all.rows),
        stride(all.channels),
        channel(first),
        left(all.channels - first),
        ahead((elements_ahead + stride - 1) / stride * stride) {
    const std::int64_t beyond = static_cast<std::int64_t>(N * hn::Lanes(D())) - left;
    whole_rows = beyond <= 0 ? rows : HWY_MAX(rows - (beyond + stride - 1) / stride, 0);
  }

  // Strips of more than one vector always are.
  HWY_INLINE bool whole() const { return N > 1 || whole_rows == rows; }

  std::int64_t rows, stride, channel, left;
  std::int64_t ahead;  // whole rows, in elements
  std::int64_t whole_rows;
};

// Vector i of a strip, in one row or of numbers by channel.
template <typename E, bool Whole>
HWY_INLINE V load(const typename E::Type* from, int i, std::int64_t left) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  if constexpr (Whole) {
    return E::load(from + i * lanes);
  } else {
    typename E::Type buffer[HWY_LANES(float)] = {};
    std::copy_n(from + i * lanes, std::clamp<std::int64_t>(left - i * lanes, 0, lanes), buffer);
    return E::load(buffer);
  }
}

template <typename E, bool Whole>
HWY_INLINE void store(V value, typename E::Type* to, int i, std::int64_t left) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  if constexpr (Whole) {
    E::store(value, to + i * lanes);
  } else {
    typename E::Type buffer[HWY_LANES(float)];
    E::store(value, buffer);
    std::copy_n(buffer, std::clamp<std::int64_t>(left - i * lanes, 0, lanes), to + i * lanes);
  }
}

// Asks for what a strip reads some rows further on, which may lie behind the rows. Where these have many channels, what
// comes is too far apart for the processor to see by itself.
template <int N, typename T>
HWY_INLINE void ask_ahead(const T* row, std::int64_t ahead) {
  constexpr std::uintptr_t line = 64, width = N * HWY_LANES(float) * sizeof(T);
  const auto place = reinterpret_cast<std::uintptr_t>(row) + static_cast<std::uintptr_t>(ahead) * sizeof(T);
  for (std::uintptr_t i = 0; i < width; i += line) hwy::Prefetch(reinterpret_cast<const T*>(place + i));
}

// Numbers by channel.
template <int N>
HWY_INLINE void load_channels(const Strip<N>& strip, const float* from, V* to) {
  const bool whole = strip.whole();
  for (int i = 0; i < N; ++i)
    to[i] =
        whole ? load<Fp32, true>(from + strip.channel, i, 0) : load<Fp32, false>(from + strip.channel, i, strip.left);
}

template <int N>
HWY_INLINE void store_channels(const Strip<N>& strip, const V* from, float* to) {
  const bool whole = strip.whole();
  for (int i = 0; i < N; ++i)
    whole ? store<Fp32, true>(from[i], to + strip.channel, i, 0)
          : store<Fp32, false>(from[i], to + strip.channel, i, strip.left);
}

// Makes a pass over a strip: pass.row<Whole>(place of a row's first element) for each of the first `rows`.
template <typename Pass, int N>
HWY_INLINE void pass_over(const Strip<N>& strip, std::int64_t rows, Pass& pass) {
  std::int64_t row = 0, place = strip.channel;
  for (; row < HWY_MIN(rows, strip.whole_rows); ++row, place += strip.stride) pass.template row<true>(place);
  if constexpr (N == 1)
    for (; row < rows; ++row, place += strip.stride) pass.template row<false>(place);
}

// Calls over(strip) for all strips, the last channels first (see Strip).
template <typename Over>
HWY_INLINE void for_each_strip(const Rows& rows, const Over& over) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  const std::int64_t wide = strip_vectors * lanes, in_wide_ones = rows.channels / wide * wide;
  for (std::int64_t c = (rows.channels - 1) / lanes * lanes; c >= in_wide_ones; c -= lanes) over(Strip<1>(rows, c));
  for (std::int64_t c = 0; c < in_wide_ones; c += wide) over(Strip<strip_vectors>(rows, c));
}

}  // namespace reslab::nn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
