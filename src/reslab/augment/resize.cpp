#include "reslab/augment/resize.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "reslab/augment/resize_lines.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

// The rows that the columns' taps need, resized to taps.results() pixels each.
std::vector<std::uint8_t> resize_rows(const Image& from, const Taps& rows, const Taps& columns) {
  const std::size_t row_bytes = from.offset(1, 0);
  const std::size_t result_bytes =
      static_cast<std::size_t>(columns.results()) * static_cast<std::size_t>(from.channels);
  std::vector<std::uint8_t> result(static_cast<std::size_t>(rows.to() - rows.from()) * result_bytes), last;
  std::uint8_t* to = result.data();
  for (int row = rows.from(); row < rows.to(); ++row, to += result_bytes) {
    const std::uint8_t* begin = from.pixels.data() + from.offset(row, 0);
    if (columns.copies()) {
      std::memcpy(to, begin + from.offset(0, columns.from()), result_bytes);
      continue;
    }
    if (from.offset(from.height - row, 0) < row_bytes + read_behind) {  // nothing to read lies behind the last rows
      last.assign(begin, begin + row_bytes);
      last.resize(row_bytes + read_behind);
      begin = last.data();
    }
    resize_row(columns, from.channels, begin, to);
  }
  return result;
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
  std::vector<std::uint8_t> middle = resize_rows(from, rows, columns);
  if (rows.copies()) {
    to.pixels = std::move(middle);
    return;
  }
  to.pixels.resize(to.offset(size.height, 0));
  const std::size_t row_bytes = to.offset(1, 0);
  for (int row = 0; row < size.height; ++row)
    mix_rows(rows, row, middle.data(), row_bytes, row_bytes, to.pixels.data() + to.offset(row, 0));
}

void resize(Image& image, Size size) {
  if (size == Size{image.height, image.width}) return;
  Image result;
  resize(image, whole_of(image), size, result);
  image = std::move(result);
}

}  // namespace reslab::augment
