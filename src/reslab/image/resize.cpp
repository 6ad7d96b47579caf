#include "reslab/image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

#include "reslab/core/error.h"
#include "reslab/image/resize_rows.h"

namespace reslab::image {

namespace {

double triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

// The taps for `out` pixels made of [begin, end) of `in`.
Taps taps_for(int in, float begin, float end, int out, Interpolation interpolation) {
  const bool bilinear = interpolation == Interpolation::bilinear;
  const double scale = static_cast<double>(end - begin) / out;
  const double reduction = std::max(scale, 1.0);
  const double support = (bilinear ? 1.0 : 2.0) * reduction;
  Taps taps;
  taps.most = static_cast<int>(std::ceil(support)) * 2 + 1;
  taps.taps.resize(static_cast<std::size_t>(out));
  taps.weights.resize(taps.taps.size() * static_cast<std::size_t>(taps.most));
  std::vector<double> weights(static_cast<std::size_t>(taps.most));
  for (int i = 0; i < out; ++i) {
    const double centre = static_cast<double>(begin) + (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int count = std::min(in, static_cast<int>(centre + support + 0.5)) - first;
    double sum = 0;
    for (int k = 0; k < count; ++k) {
      const double place = (k + first - centre + 0.5) * (1.0 / reduction);
      weights[static_cast<std::size_t>(k)] = bilinear ? triangle(place) : cubic(place);
      sum += weights[static_cast<std::size_t>(k)];
    }
    std::int32_t* const whole = taps.weights.data() + static_cast<std::ptrdiff_t>(i) * taps.most;
    for (int k = 0; k < count; ++k) {
      double weight = weights[static_cast<std::size_t>(k)];
      if (sum != 0) weight *= 1.0 / sum;
      whole[k] = static_cast<std::int32_t>((weight < 0 ? -0.5 : 0.5) + weight * (1 << weight_bits));
    }
    taps.taps[static_cast<std::size_t>(i)] = {.first = first, .count = count, .weights = whole};
  }
  return taps;
}

void check_box(const augment::Image& image, const Box& box) {
  RESLAB_ASSERT(box.left >= 0 && box.top >= 0 && box.left < box.right && box.top < box.bottom, box.left, ", ", box.top,
                " to ", box.right, ", ", box.bottom);
  RESLAB_ASSERT(box.right <= static_cast<float>(image.width) && box.bottom <= static_cast<float>(image.height),
                box.right, ", ", box.bottom, " outside of ", image.width, " × ", image.height);
}

augment::Image empty_image(augment::Size size, int channels) {
  augment::Image image{.height = size.height, .width = size.width, .channels = channels, .pixels = {}};
  image.pixels.resize(image.offset(image.height, 0));
  return image;
}

// The part of the image, in rows or in columns, that a pass looks at.
struct Span {
  int begin = 0, end = 0;
};

Span span_of(const Taps& taps) {
  return {.begin = taps.taps.front().first, .end = taps.taps.back().first + taps.taps.back().count};
}

// Pixels that are another's.
struct Pixels {
  const std::uint8_t* begin = nullptr;
  int height = 0, width = 0, channels = 3;

  std::size_t row() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels); }  // bytes
  std::size_t size() const { return row() * static_cast<std::size_t>(height); }
  const std::uint8_t* at(int line, int column) const {
    return begin + static_cast<std::size_t>(line) * row() + static_cast<std::size_t>(column * channels);
  }
};

// The rows within `rows`, each resized.
void resized_across(const Pixels& image, Span rows, const Taps& taps, std::uint8_t* to) {
  resize_across({.from = image.at(rows.begin, 0),
                 .stride = image.row(),
                 .end = image.begin + image.size(),
                 .rows = rows.end - rows.begin,
                 .channels = image.channels},
                taps, to);
}

// The columns within `columns`, each resized.
void resized_down(const Pixels& image, Span columns, const Taps& taps, std::uint8_t* to) {
  const auto values = static_cast<std::size_t>((columns.end - columns.begin) * image.channels);
  for (const Tap& tap : taps.taps) {
    resize_down(image.at(tap.first, columns.begin), image.row(), tap, values, to);
    to += values;
  }
}

void shift(Taps& taps, int begin) {
  for (Tap& tap : taps.taps) tap.first -= begin;
}

}  // namespace

augment::Image resize(const augment::Image& image, augment::Size size, const ResizeOptions& options) {
  RESLAB_ASSERT(image.channels == 1 || image.channels == 3, image.channels, " channels");
  RESLAB_ASSERT(image.height > 0 && image.width > 0 && size.height > 0 && size.width > 0, "an empty image");
  const Box box =
      options.box.value_or(Box{.right = static_cast<float>(image.width), .bottom = static_cast<float>(image.height)});
  check_box(image, box);
  const bool same_rows = size.height == image.height && box.top == 0 && box.bottom == static_cast<float>(size.height);
  const bool same_columns = size.width == image.width && box.left == 0 && box.right == static_cast<float>(size.width);
  if (same_rows && same_columns) return image;
  Taps down = taps_for(image.height, box.top, box.bottom, size.height, options.interpolation);
  Taps across = taps_for(image.width, box.left, box.right, size.width, options.interpolation);
  const Span rows = span_of(down), columns = span_of(across);
  const Pixels whole{image.pixels.data(), image.height, image.width, image.channels};
  augment::Image result = empty_image(size, image.channels);
  std::uint8_t* const to = result.pixels.data();
  // The order decides about the rounding between the passes. This is Pillow's, found by trying sizes.
  const int fewer_rows = image.height - size.height;
  if (same_rows) {
    resized_across(whole, {.begin = 0, .end = image.height}, across, to);
  } else if (same_columns) {
    resized_down(whole, {.begin = 0, .end = image.width}, down, to);
  } else if (fewer_rows > 0 && fewer_rows > 2 * (image.width - size.width)) {
    Pixels between{.height = size.height, .width = columns.end - columns.begin, .channels = image.channels};
    const auto pixels = std::make_unique_for_overwrite<std::uint8_t[]>(between.size());
    between.begin = pixels.get();
    resized_down(whole, columns, down, pixels.get());
    shift(across, columns.begin);
    resized_across(between, {.begin = 0, .end = size.height}, across, to);
  } else {
    Pixels between{.height = rows.end - rows.begin, .width = size.width, .channels = image.channels};
    const auto pixels = std::make_unique_for_overwrite<std::uint8_t[]>(between.size());
    between.begin = pixels.get();
    resized_across(whole, rows, across, pixels.get());
    shift(down, rows.begin);
    resized_down(between, {.begin = 0, .end = size.width}, down, to);
  }
  return result;
}

Box centre_box(augment::Size image, augment::Size size, double share) {
  RESLAB_ASSERT(share > 0 && share <= 1, "a share of ", share);
  const double ratio = static_cast<double>(size.width) / size.height;
  double width = image.width, height = image.height;
  if (width / height >= ratio) {
    width = height * ratio;
  } else {
    height = width / ratio;
  }
  width *= share;
  height *= share;
  const double left = (image.width - width) / 2, top = (image.height - height) / 2;
  return {.left = static_cast<float>(left),
          .top = static_cast<float>(top),
          .right = std::min(static_cast<float>(left + width), static_cast<float>(image.width)),
          .bottom = std::min(static_cast<float>(top + height), static_cast<float>(image.height))};
}

augment::Size contained(augment::Size image, augment::Size size) {
  const double scale =
      std::min(static_cast<double>(size.width) / image.width, static_cast<double>(size.height) / image.height);
  const auto side = [scale](int from, int most) {
    return std::clamp(static_cast<int>(std::lround(from * scale)), 1, most);
  };
  return {.height = side(image.height, size.height), .width = side(image.width, size.width)};
}

augment::Image fit(const augment::Image& image, augment::Size size, Fit fit, const FitOptions& options) {
  if (fit == Fit::stretch) return resize(image, size, {.interpolation = options.interpolation});
  if (fit == Fit::crop)
    return resize(image, size,
                  {.interpolation = options.interpolation,
                   .box = centre_box({.height = image.height, .width = image.width}, size, options.share)});
  const augment::Size inner = contained({.height = image.height, .width = image.width}, size);
  const augment::Image small = resize(image, inner, {.interpolation = options.interpolation});
  augment::Image ground = empty_image(size, image.channels);
  const auto channels = static_cast<std::size_t>(image.channels);
  for (std::size_t i = 0; i < ground.pixels.size(); ++i) ground.pixels[i] = options.colour.at(i % channels);
  const int top = (size.height - inner.height) / 2, left = (size.width - inner.width) / 2;
  for (int row = 0; row < inner.height; ++row)
    std::memcpy(ground.pixels.data() + ground.offset(top + row, left), small.pixels.data() + small.offset(row, 0),
                small.offset(1, 0));
  return ground;
}

}  // namespace reslab::image
