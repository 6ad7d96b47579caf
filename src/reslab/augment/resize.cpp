#include "reslab/augment/resize.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "reslab/augment/resize_lines.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

// Writes the rows that the columns' taps need, resized to columns.results() pixels each.
void resize_rows(const Image& from, const Taps& rows, const Taps& columns, std::uint8_t* to) {
  const std::size_t row_bytes = from.offset(1, 0);
  const std::size_t result_bytes =
      static_cast<std::size_t>(columns.results()) * static_cast<std::size_t>(from.channels);
  std::vector<std::uint8_t> last;
  const std::uint8_t* begin = from.pixels.data() + from.offset(rows.from(), 0);
  const std::uint8_t* const end = from.pixels.data() + from.pixels.size();
  int left = rows.to() - rows.from();
  if (columns.copies()) {
    for (; left > 0; --left, begin += row_bytes, to += result_bytes)
      std::memcpy(to, begin + from.offset(0, columns.from()), result_bytes);
    return;
  }
  // Two rows at a time, while enough lies behind them to be read.
  for (; left >= 2 && static_cast<std::size_t>(end - begin) >= 2 * row_bytes + read_behind; left -= 2) {
    const std::uint8_t* const two[2] = {begin, begin + row_bytes};
    std::uint8_t* const results[2] = {to, to + result_bytes};
    resize_two_rows(columns, from.channels, two, results);
    begin += 2 * row_bytes;
    to += 2 * result_bytes;
  }
  for (; left > 0; --left, begin += row_bytes, to += result_bytes) {
    last.assign(begin, begin + row_bytes);
    last.resize(row_bytes + read_behind);
    resize_row(columns, from.channels, last.data(), to);
  }
}

}  // namespace

Box whole_of(const Image& image) {
  return {.left = 0, .top = 0, .right = static_cast<float>(image.width), .bottom = static_cast<float>(image.height)};
}

Box box_of(const Window& window) {
  return {.left = static_cast<float>(window.left),
          .top = static_cast<float>(window.top),
          .right = static_cast<float>(window.left + window.size.width),
          .bottom = static_cast<float>(window.top + window.size.height)};
}

void resize(const Image& from, const Box& box, Size size, Image& to) {
  RESLAB_ASSERT(&from != &to && from.channels >= 1 && from.channels <= most_channels);
  RESLAB_ASSERT(from.pixels.size() == from.offset(from.height, 0));
  const Taps rows({.length = from.height, .begin = box.top, .end = box.bottom, .results = size.height});
  const Taps columns({.length = from.width, .begin = box.left, .end = box.right, .results = size.width});
  to.height = size.height;
  to.width = size.width;
  to.channels = from.channels;
  to.pixels.resize(to.offset(size.height, 0));
  if (rows.copies()) return resize_rows(from, rows, columns, to.pixels.data());
  const std::size_t row_bytes = to.offset(1, 0);
  // All of it is written before it is read.
  const auto middle =
      std::make_unique_for_overwrite<std::uint8_t[]>(static_cast<std::size_t>(rows.to() - rows.from()) * row_bytes);
  resize_rows(from, rows, columns, middle.get());
  for (int row = 0; row < size.height; ++row)
    mix_rows(rows, row, middle.get(), row_bytes, row_bytes, to.pixels.data() + to.offset(row, 0));
}

void resize(Image& image, Size size) {
  if (size == Size{image.height, image.width}) return;
  Image result;
  resize(image, whole_of(image), size, result);
  image = std::move(result);
}

}  // namespace reslab::augment
