#include "reslab/augment/pad_to_square.h"

#include <algorithm>

#include "reslab/augment/check.h"

namespace reslab::augment {
namespace {

Size square_about(Size size) {
  if (size.height == size.width) return size;
  const int side = std::max(size.height, size.width);
  return checked_enlarged(size, side, side, "pad_to_square");
}

}  // namespace

PadToSquare::PadToSquare(const PadToSquareOptions& options) : fill_(options.fill, "pad_to_square.fill") {}

void PadToSquare::apply(Image& image, core::Random& /*random*/) const {
  const Size square = square_about({image.height, image.width});
  if (square == Size{image.height, image.width}) return;
  const auto colour = fill_.of(image);
  const int top = (square.height - image.height) / 2, left = (square.width - image.width) / 2;
  Image padded{square.height, square.width, image.channels, {}};
  padded.pixels.resize(padded.offset(square.height, 0));
  paint(padded.pixels.data(), top * square.width, colour, image.channels);
  for (int row = 0; row < image.height; ++row) {
    std::uint8_t* to = padded.pixels.data() + padded.offset(top + row, 0);
    paint(to, left, colour, image.channels);
    to = std::copy_n(image.pixels.data() + image.offset(row, 0), image.offset(1, 0), to + padded.offset(0, left));
    paint(to, square.width - left - image.width, colour, image.channels);
  }
  const int below = top + image.height;
  paint(padded.pixels.data() + padded.offset(below, 0), (square.height - below) * square.width, colour, image.channels);
  image = std::move(padded);
}

std::optional<Size> PadToSquare::output_size(std::optional<Size> input) const {
  if (!input) return std::nullopt;
  return square_about(*input);
}

}  // namespace reslab::augment
