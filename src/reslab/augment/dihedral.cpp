#include "reslab/augment/dihedral.h"

#include <algorithm>
#include <utility>

#include "reslab/augment/horizontal_flip.h"

namespace reslab::augment {
namespace {

// In blocks, so that what is read and written stays in the cache.
void transpose(Image& image) {
  constexpr int block = 32;
  Image result{image.width, image.height, image.channels, {}};
  result.pixels.resize(image.pixels.size());
  for (int top = 0; top < image.height; top += block)
    for (int left = 0; left < image.width; left += block)
      for (int row = top; row < std::min(top + block, image.height); ++row)
        for (int column = left; column < std::min(left + block, image.width); ++column)
          std::copy_n(image.pixels.data() + image.offset(row, column), image.channels,
                      result.pixels.data() + result.offset(column, row));
  image = std::move(result);
}

}  // namespace

void turn_over(Image& image) {
  for (int upper = 0, lower = image.height - 1; upper < lower; ++upper, --lower) {
    std::uint8_t* const row = image.pixels.data() + image.offset(upper, 0);
    std::swap_ranges(row, row + image.offset(1, 0), image.pixels.data() + image.offset(lower, 0));
  }
}

void lay(Image& image, const Symmetry& symmetry) {
  if (symmetry.transposed) transpose(image);
  if (symmetry.mirrored) mirror(image);
  if (symmetry.turned_over) turn_over(image);
}

void Dihedral::apply(Image& image, core::Random& random) const {
  const std::uint32_t way = random.below(8);
  lay(image, {.transposed = (way & 4) != 0, .mirrored = (way & 1) != 0, .turned_over = (way & 2) != 0});
}

std::optional<Size> Dihedral::output_size(std::optional<Size> input) const {
  return input && input->height == input->width ? input : std::nullopt;
}

}  // namespace reslab::augment
