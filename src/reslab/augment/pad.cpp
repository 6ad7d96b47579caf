#include "reslab/augment/pad.h"

#include <algorithm>
#include <cstring>

#include "reslab/augment/check.h"
#include "reslab/augment/formulas.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

// Moves the rows to their places in the larger image. All move towards the end, so going backwards none is overwritten
// before its turn, and no second buffer is needed.
void spread(Image& image, Size larger, int top, int left) {
  const auto channels = static_cast<std::size_t>(image.channels);
  const std::size_t row_bytes = static_cast<std::size_t>(image.width) * channels;
  const std::size_t larger_row_bytes = static_cast<std::size_t>(larger.width) * channels;
  image.pixels.resize(static_cast<std::size_t>(larger.height) * larger_row_bytes);
  for (auto row = static_cast<std::size_t>(image.height); row-- > 0;)
    std::memmove(image.pixels.data() + (row + static_cast<std::size_t>(top)) * larger_row_bytes +
                     static_cast<std::size_t>(left) * channels,
                 image.pixels.data() + row * row_bytes, row_bytes);
  image.height = larger.height;
  image.width = larger.width;
}

void fill_sides(Image& image, int row, Size inner, int left) {
  const auto copy_pixel = [&](int column) {
    const int source = left + reflect(column - left, inner.width);
    std::copy_n(image.pixels.data() + image.offset(row, source), image.channels,
                image.pixels.data() + image.offset(row, column));
  };
  for (int column = 0; column < left; ++column) copy_pixel(column);
  for (int column = left + inner.width; column < image.width; ++column) copy_pixel(column);
}

void fill_row(Image& image, int row, int source) {
  std::copy_n(image.pixels.data() + image.offset(source, 0), image.offset(1, 0),
              image.pixels.data() + image.offset(row, 0));
}

}  // namespace

Pad::Pad(const PadOptions& options)
    : size_{checked_side(options.height, "pad.height"), checked_side(options.width, "pad.width")},
      probability_(checked_probability(options.probability, "pad.probability")) {}

void Pad::apply(Image& image, core::Random& random) const {
  if (!random.chance(probability_)) return;
  const Size inner{image.height, image.width};
  const Size outer{std::max(inner.height, size_.height), std::max(inner.width, size_.width)};
  if (inner == outer) return;
  RESLAB_ASSERT(inner.height > 0 && inner.width > 0 && image.channels > 0);
  const int top = (outer.height - inner.height) / 2, left = (outer.width - inner.width) / 2;
  spread(image, outer, top, left);
  for (int row = top; row < top + inner.height; ++row) fill_sides(image, row, inner, left);
  for (int row = 0; row < top; ++row) fill_row(image, row, top + reflect(row - top, inner.height));
  for (int row = top + inner.height; row < outer.height; ++row)
    fill_row(image, row, top + reflect(row - top, inner.height));
}

std::optional<Size> Pad::output_size(std::optional<Size> input) const {
  if (!input) return std::nullopt;  // larger images stay as they are
  const Size padded{std::max(input->height, size_.height), std::max(input->width, size_.width)};
  return checked_output_size(input, padded, probability_, name());
}

}  // namespace reslab::augment
