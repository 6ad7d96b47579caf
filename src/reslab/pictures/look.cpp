#include "reslab/pictures/look.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

#include "reslab/augment/resize.h"
#include "reslab/core/error.h"
#include "reslab/pictures/number_bytes.h"

namespace reslab::pictures {
namespace {

constexpr int hashed_side = 32, frequencies = 8;

// Deviation of the small grey image below which a picture is plain, in levels of 255: that of JPEG's noise.
constexpr double least_deviation = 2;

using Cosines = std::array<std::array<double, hashed_side>, frequencies>;

Cosines make_cosines() {
  Cosines table{};
  for (std::size_t u = 0; u < frequencies; ++u)
    for (std::size_t x = 0; x < hashed_side; ++x)
      table[u][x] = std::cos(std::numbers::pi * static_cast<double>(u) * (static_cast<double>(x) + 0.5) / hashed_side);
  return table;
}

augment::Image shrunk(const augment::Image& grey, int side) {
  augment::Image small;
  augment::resize(grey, augment::whole_of(grey), {side, side}, small);
  return small;
}

// Unnormalised, the frequency 0 too: one factor for all changes no comparison with the median.
std::array<double, frequencies * frequencies> low_frequencies(const augment::Image& small) {
  static const Cosines cosines = make_cosines();
  std::array<std::array<double, frequencies>, hashed_side> across{};
  for (std::size_t y = 0; y < hashed_side; ++y)
    for (std::size_t u = 0; u < frequencies; ++u)
      for (std::size_t x = 0; x < hashed_side; ++x) across[y][u] += cosines[u][x] * small.pixels[y * hashed_side + x];
  std::array<double, frequencies * frequencies> found{};
  for (std::size_t v = 0; v < frequencies; ++v)
    for (std::size_t u = 0; u < frequencies; ++u)
      for (std::size_t y = 0; y < hashed_side; ++y) found[frequencies * v + u] += cosines[v][y] * across[y][u];
  return found;
}

std::uint64_t hash_of(const augment::Image& grey) {
  const auto values = low_frequencies(shrunk(grey, hashed_side));
  auto sorted = values;
  std::ranges::sort(sorted);
  const double median = (sorted[sorted.size() / 2 - 1] + sorted[sorted.size() / 2]) / 2;
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] > median) hash |= std::uint64_t{1} << i;
  return hash;
}

struct Moments {
  std::int64_t sum = 0, squares = 0;
};

Moments moments_of(const Look& look) {
  Moments moments;
  for (const std::uint8_t value : look.grey) {
    moments.sum += value;
    moments.squares += value * value;
  }
  return moments;
}

constexpr auto pixels_of_look = static_cast<std::int64_t>(std::tuple_size_v<decltype(Look::grey)>);

// n times the sum of squared differences from the mean: whole numbers, so that nothing is lost.
std::int64_t spread_of(const Moments& moments) { return pixels_of_look * moments.squares - moments.sum * moments.sum; }

}  // namespace

Look look_of(const augment::Image& grey) {
  RESLAB_ASSERT(grey.channels == 1 && grey.height > 0 && grey.width > 0, grey.channels, " channels");
  Look look{.hash = hash_of(grey)};
  std::ranges::copy(shrunk(grey, look_side).pixels, look.grey.begin());
  return look;
}

bool is_plain(const Look& look) {
  const double n = static_cast<double>(pixels_of_look);
  return static_cast<double>(spread_of(moments_of(look))) < least_deviation * least_deviation * n * n;
}

double correlation(const Look& a, const Look& b) {
  const Moments of_a = moments_of(a), of_b = moments_of(b);
  std::int64_t products = 0;
  for (std::size_t i = 0; i < a.grey.size(); ++i) products += a.grey[i] * b.grey[i];
  const double spreads = std::sqrt(static_cast<double>(spread_of(of_a)) * static_cast<double>(spread_of(of_b)));
  return spreads == 0 ? 0 : static_cast<double>(pixels_of_look * products - of_a.sum * of_b.sum) / spreads;
}

bool are_alike(const Look& a, const Look& b) {
  return std::popcount(a.hash ^ b.hash) <= near_distance && !is_plain(a) && !is_plain(b) &&
         correlation(a, b) >= near_correlation;
}

std::string encode_look(const Look& look) {
  std::string value;
  append_number<std::uint64_t>(value, look.hash);
  for (const std::uint8_t pixel : look.grey) append_number<std::uint8_t>(value, pixel);
  return value;
}

std::optional<Look> decode_look(std::string_view value) {
  NumberReader reader(value);
  Look look{.hash = reader.take<std::uint64_t>()};
  for (std::uint8_t& pixel : look.grey) pixel = reader.take<std::uint8_t>();
  if (!reader.is_whole()) return std::nullopt;
  return look;
}

}  // namespace reslab::pictures
