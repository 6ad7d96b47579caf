// What the tests of the policies share.
#pragma once

#include <cmath>
#include <map>

#include "reslab/augment/policy.h"
#include "reslab/core/random.h"

namespace reslab::augment::test {

/// Random pixels, a function of the arguments.
inline Image random_image(int height, int width, int channels, std::uint64_t seed) {
  Image image{height, width, channels, {}};
  core::Random random({.seed = seed});
  image.pixels.resize(image.offset(height, 0));
  for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(random.below(256));
  return image;
}

inline std::uint8_t pixel(const Image& image, int row, int column, int channel) {
  return image.pixels.at(image.offset(row, column) + static_cast<std::size_t>(channel));
}

inline bool same(const Image& a, const Image& b) {
  return a.height == b.height && a.width == b.width && a.channels == b.channels && a.pixels == b.pixels;
}

/// The stream that a test's draws for `sample` come from.
inline core::Random random_of(std::uint32_t sample, std::uint64_t seed = 1) {
  return core::Random({.seed = seed, .sample = sample});
}

/// How far counts of independent draws lie from their expectation, in standard deviations of the chi-square statistic
/// (mean k − 1, variance 2 (k − 1) for k outcomes). Outcomes that were never expected must not occur.
template <typename Outcome>
double excess(const std::map<Outcome, int>& counts, const std::map<Outcome, double>& shares, int draws) {
  double statistic = 0;
  for (const auto& [outcome, count] : counts)
    if (!shares.contains(outcome)) return INFINITY;
  for (const auto& [outcome, share] : shares) {
    const auto found = counts.find(outcome);
    const double expected = share * draws;
    const double difference = (found == counts.end() ? 0 : found->second) - expected;
    statistic += difference * difference / expected;
  }
  const double freedom = static_cast<double>(shares.size()) - 1;
  return (statistic - freedom) / std::sqrt(2 * freedom);
}

}  // namespace reslab::augment::test
