#include "reslab/augment/warp.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "reslab/augment/elementary.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

std::int64_t fixed(double value, int bits) {
  return static_cast<std::int64_t>(std::floor(std::ldexp(value, bits) + 0.5));
}

// Calls `draw(to, x, y)` for every pixel of the result, x and y with `bits` bits after the point.
template <int bits, typename Draw>
void for_each_place(Image& to, const AffineMap& map, const Draw& draw) {
  // Of the first pixel's centre.
  const std::int64_t x0 = fixed(map.x0 + map.xx * 0.5 + map.xy * 0.5, bits);
  const std::int64_t y0 = fixed(map.y0 + map.yx * 0.5 + map.yy * 0.5, bits);
  const std::int64_t xx = fixed(map.xx, bits), xy = fixed(map.xy, bits);
  const std::int64_t yx = fixed(map.yx, bits), yy = fixed(map.yy, bits);
  std::uint8_t* at = to.pixels.data();
  for (int row = 0; row < to.height; ++row) {
    std::int64_t x = x0 + row * xy, y = y0 + row * yy;
    for (int column = 0; column < to.width; ++column, x += xx, y += yx, at += to.channels) draw(at, x, y);
  }
}

template <int bits>
bool inside(std::int64_t x, std::int64_t y, const Image& image) {
  return x >= 0 && y >= 0 && x < std::int64_t{image.width} << bits && y < std::int64_t{image.height} << bits;
}

template <int channels>
void warp_nearest(const Image& from, Image& to, const AffineMap& map, const std::uint8_t* colour) {
  constexpr int bits = 16;
  for_each_place<bits>(to, map, [&](std::uint8_t* at, std::int64_t x, std::int64_t y) {
    const std::uint8_t* source = colour;
    if (inside<bits>(x, y, from))
      source = from.pixels.data() + from.offset(static_cast<int>(y >> bits), static_cast<int>(x >> bits));
    std::copy_n(source, channels, at);
  });
}

// Two neighbouring pixels of a line, of which the first has the weight 2048 − weight.
struct Neighbours {
  int first, second, weight;
};

constexpr int distance_bits = 11;

template <int bits>
Neighbours neighbours(std::int64_t place, int length) {
  const std::int64_t from_centre = place - (std::int64_t{1} << (bits - 1));
  const auto before = static_cast<int>(from_centre >> bits);
  return {.first = std::max(before, 0),
          .second = std::min(before + 1, length - 1),
          .weight = static_cast<int>(from_centre >> (bits - distance_bits)) & ((1 << distance_bits) - 1)};
}

template <int channels>
void warp_bilinear(const Image& from, Image& to, const AffineMap& map, const std::uint8_t* colour) {
  constexpr int bits = 32, whole = 1 << distance_bits, half = 1 << (2 * distance_bits - 1);
  for_each_place<bits>(to, map, [&](std::uint8_t* at, std::int64_t x, std::int64_t y) {
    if (!inside<bits>(x, y, from)) {
      std::copy_n(colour, channels, at);
      return;
    }
    const Neighbours columns = neighbours<bits>(x, from.width), rows = neighbours<bits>(y, from.height);
    const std::uint8_t* upper = from.pixels.data() + from.offset(rows.first, 0);
    const std::uint8_t* lower = from.pixels.data() + from.offset(rows.second, 0);
    const int left = columns.first * channels, right = columns.second * channels;
    for (int c = 0; c < channels; ++c) {
      const int above = upper[left + c] * (whole - columns.weight) + upper[right + c] * columns.weight;
      const int below = lower[left + c] * (whole - columns.weight) + lower[right + c] * columns.weight;
      const int sum = above * (whole - rows.weight) + below * rows.weight;
      at[c] = static_cast<std::uint8_t>((sum + half) >> (2 * distance_bits));
    }
  });
}

template <int channels>
void warp_channels(const Image& from, Image& to, const AffineMap& map, Interpolation interpolation,
                   const std::uint8_t* colour) {
  if (interpolation == Interpolation::nearest)
    warp_nearest<channels>(from, to, map, colour);
  else
    warp_bilinear<channels>(from, to, map, colour);
}

}  // namespace

Interpolation interpolation_of(std::string_view name, std::string_view key) {
  if (name == "nearest") return Interpolation::nearest;
  if (name == "bilinear") return Interpolation::bilinear;
  throw core::UserError({.attempted = core::concatenate("set ", key, " to '", name, "'"),
                         .found = "no interpolation of that name",
                         .allowed = "nearest, bilinear"});
}

AffineMap turn_about_centre(Size size, double degrees) {
  const Turn turn = turn_of(degrees);
  const double x = size.width / 2.0, y = size.height / 2.0;
  AffineMap map{.xx = turn.cosine, .xy = -turn.sine, .yx = turn.sine, .yy = turn.cosine};
  map.x0 = map.xx * -x + map.xy * -y + x;
  map.y0 = map.yx * -x + map.yy * -y + y;
  return map;
}

void warp(Image& image, const AffineMap& map, Interpolation interpolation,
          const std::array<std::uint8_t, most_channels>& colour) {
  for (const double value : {map.xx, map.xy, map.x0, map.yx, map.yy, map.y0})
    RESLAB_ASSERT(std::abs(value) < 1 << 20, value);
  Image result{image.height, image.width, image.channels, {}};
  result.pixels.resize(image.pixels.size());
  switch (image.channels) {
    case 1: warp_channels<1>(image, result, map, interpolation, colour.data()); break;
    case 2: warp_channels<2>(image, result, map, interpolation, colour.data()); break;
    case 3: warp_channels<3>(image, result, map, interpolation, colour.data()); break;
    case 4: warp_channels<4>(image, result, map, interpolation, colour.data()); break;
    default: RESLAB_ASSERT(false, image.channels, " channels");
  }
  image = std::move(result);
}

}  // namespace reslab::augment
