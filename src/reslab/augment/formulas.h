// What a policy does to one pixel, one line or one value: what the policies and augment/program.h, which does the same
// on a GPU, have in common.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "reslab/core/host_device.h"
#include "reslab/core/random.h"

namespace reslab::augment {

/// Part of a line of pixels: begin included, end not.
struct Interval {
  int begin, end;
};

/// Where the pixel at `index` of a line of `length` ≥ 1 comes from when the line goes on mirrored at both ends, its end
/// pixels not repeated. Inside [0, length) it is the pixel itself.
RESLAB_HOST_DEVICE inline int reflect(int index, int length) {
  if (length == 1) return 0;
  const int period = 2 * (length - 1);
  const int inside = (index % period + period) % period;
  return inside < length ? inside : period - inside;
}

/// Whether an alternating flip mirrors the image: half of them in even epochs, the other half in odd ones.
RESLAB_HOST_DEVICE inline bool alternating_flip_mirrors(const core::Random& random) {
  core::RandomKey key = random.key();
  const bool odd = key.epoch % 2 == 1;
  key.epoch = 0;  // the same draw in every epoch
  return core::Random(key).chance(0.5) != odd;
}

/// Where a hole of `hole` pixels lies in a line of `length`: see cutout.h. Draws the centre.
RESLAB_HOST_DEVICE inline Interval place_hole(int length, int hole, core::Random& random) {
  const auto centre = static_cast<int>(random.below(static_cast<std::uint32_t>(length) + 1));
  const int begin = std::max(0, centre - hole / 2);
  return {begin, std::min(length, begin + hole)};
}

/// Uniform in [max(0, 1 − strength), 1 + strength).
RESLAB_HOST_DEVICE inline float intensity_factor(float strength, core::Random& random) {
  return random.uniform(std::max(0.0F, 1 - strength), 1 + strength);
}

/// factor · value + offset, held within 0 … 255 and rounded, of two as near to the even one.
RESLAB_HOST_DEVICE inline std::uint8_t scaled_value(std::uint8_t value, float factor, float offset) {
  // Floats from here on have no fraction: adding it rounds, without a call for each value.
  constexpr float whole = 0x1.8p23F;
  const float scaled = std::clamp(factor * static_cast<float>(value) + offset, 0.0F, 255.0F);
  return static_cast<std::uint8_t>(static_cast<int>((scaled + whole) - whole));
}

/// The grey that contrast turns about, from the sums of an image's values. `sums`: by channel where there are three
/// (luma, ITU-R BT.601), else all in the first. values: how many there are in all channels, ≥ 1.
template <typename Sum>
RESLAB_HOST_DEVICE float mean_grey(const std::array<Sum, 3>& sums, int channels, std::int64_t values) {
  const auto count = static_cast<double>(values);
  if (channels != 3) return static_cast<float>(static_cast<double>(sums[0]) / count);
  const double grey = 0.2989 * static_cast<double>(sums[0]) + 0.587 * static_cast<double>(sums[1]) +
                      0.114 * static_cast<double>(sums[2]);
  return static_cast<float>(grey / (count / 3));
}

/// The pixels of a line of `from` that the `index`-th of `to` ≤ from covers, if only in part.
RESLAB_HOST_DEVICE inline Interval covered(int index, int from, int to) {
  // In units of 1 / (from · to) of the line, so that everything is a whole number.
  return {index * from / to, ((index + 1) * from + to - 1) / to};
}

/// Which share of the `index`-th of `to` the pixel at `place` is. Those of one index sum to 1.
RESLAB_HOST_DEVICE inline float share_of(int place, int index, int from, int to) {
  const int inside = std::min((index + 1) * from, (place + 1) * to) - std::max(index * from, place * to);
  return static_cast<float>(inside) / static_cast<float>(from);
}

}  // namespace reslab::augment
