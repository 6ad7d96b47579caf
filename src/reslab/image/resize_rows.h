// The two passes of a resize over one row, in whole numbers, so that vectors of any size give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reslab::image {

/// Which pixels a new pixel is made of: Σ weights[k] · pixel[first + k], in units of 2^−weight_bits.
struct Tap {
  int first = 0, count = 0;
  const std::int32_t* weights = nullptr;
};

inline constexpr int weight_bits = 22;

/// The taps of a row or a column, and their weights: `most` for each tap, of which those from count on are 0.
struct Taps {
  std::vector<Tap> taps;
  std::vector<std::int32_t> weights;
  int most = 0;
};

/// Adds 2^21, shifts by 22 and clamps to [0, 255].
constexpr std::uint8_t rounded_sum(std::int32_t sum) {
  const std::int32_t value = (sum + (1 << (weight_bits - 1))) >> weight_bits;
  return static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

/// What the two functions below must equal.
template <int channels>
void resize_across_plainly(const std::uint8_t* from, std::span<const Tap> taps, std::uint8_t* to) {
  for (const Tap& tap : taps) {
    const std::uint8_t* pixel = from + std::ptrdiff_t{channels} * tap.first;
    std::int32_t sums[channels] = {};
    for (int k = 0; k < tap.count; ++k)
      for (int c = 0; c < channels; ++c) sums[c] += tap.weights[k] * *pixel++;
    for (const std::int32_t sum : sums) *to++ = rounded_sum(sum);
  }
}

inline void resize_down_plainly(const std::uint8_t* from, std::size_t stride, const Tap& tap, std::size_t begin,
                                std::size_t end, std::uint8_t* to) {
  for (std::size_t i = begin; i < end; ++i) {
    std::int32_t sum = 0;
    for (int k = 0; k < tap.count; ++k) sum += tap.weights[k] * from[static_cast<std::size_t>(k) * stride + i];
    to[i] = rounded_sum(sum);
  }
}

/// Rows of pixels of `channels` (1 or 3) values, and what the taps make of each.
struct RowsAcross {
  const std::uint8_t* from = nullptr;
  std::size_t stride = 0;             ///< bytes from one row to the next
  const std::uint8_t* end = nullptr;  ///< of the memory: vectors read beyond a row, never beyond this
  int rows = 0, channels = 3;
};

/// Writes rows of taps.size() pixels, one after the other, to `to`.
void resize_across(const RowsAcross& rows, const Taps& taps, std::uint8_t* to);

/// to[i] = Σ weights[k] · from[k · stride + i] for each of `values` values.
void resize_down(const std::uint8_t* from, std::size_t stride, const Tap& tap, std::size_t values, std::uint8_t* to);

}  // namespace reslab::image
