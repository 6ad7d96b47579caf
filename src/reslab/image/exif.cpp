#include "reslab/image/exif.h"

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/image/tiff_directory.h"

namespace reslab::image {

Exif read_exif(std::span<const std::byte> block) {
  const auto directory = read_tiff_directory(block);
  if (!directory) return {.state = ExifState::broken};
  // Some writers put 0 for "not known".
  const std::uint64_t orientation = directory->orientation.value_or(1);
  if (orientation > 8) return {.state = ExifState::broken};
  return {.state = ExifState::read, .orientation = orientation == 0 ? 1 : static_cast<int>(orientation)};
}

namespace {

// A pixel's place in the upright image steps by `across` where the stored column goes up by one, by `down` for a row.
struct Walk {
  std::ptrdiff_t start = 0, across = 0, down = 0;  // pixels
};

// Rows and columns are those of the stored image, of the size height × width.
Walk walk_of(int orientation, std::ptrdiff_t height, std::ptrdiff_t width) {
  const std::ptrdiff_t last = height * width - 1;
  switch (orientation) {
    case 2: return {width - 1, -1, width};           // mirrored
    case 3: return {last, -1, -width};               // on its head
    case 4: return {last - width + 1, 1, -width};    // on its head and mirrored
    case 5: return {0, height, 1};                   // transposed
    case 6: return {height - 1, height, -1};         // to be turned to the right
    case 7: return {last, -height, -1};              // transposed along the other diagonal
    case 8: return {last - height + 1, -height, 1};  // to be turned to the left
    default: return {0, 1, width};
  }
}

template <int channels>
void move_pixels(const augment::Image& from, std::uint8_t* to, const Walk& walk) {
  // In tiles, since one of the two images is walked against its rows.
  constexpr int tile = 32;
  for (int top = 0; top < from.height; top += tile)
    for (int left = 0; left < from.width; left += tile)
      for (int row = top; row < std::min(top + tile, from.height); ++row) {
        const std::uint8_t* source = from.pixels.data() + from.offset(row, left);
        std::ptrdiff_t place = walk.start + row * walk.down + left * walk.across;
        for (int column = left; column < std::min(left + tile, from.width); ++column) {
          for (int channel = 0; channel < channels; ++channel) to[place * channels + channel] = *source++;
          place += walk.across;
        }
      }
}

}  // namespace

void turn_upright(augment::Image& image, int orientation) {
  RESLAB_ASSERT(orientation >= 1 && orientation <= 8, "orientation ", orientation);
  RESLAB_ASSERT(image.channels == 1 || image.channels == 3, image.channels, " channels");
  if (orientation == 1) return;
  std::vector<std::uint8_t> pixels(image.pixels.size());
  const Walk walk = walk_of(orientation, image.height, image.width);
  if (image.channels == 1) {
    move_pixels<1>(image, pixels.data(), walk);
  } else {
    move_pixels<3>(image, pixels.data(), walk);
  }
  image.pixels = std::move(pixels);
  if (exchanges_sides(orientation)) std::swap(image.height, image.width);
}

}  // namespace reslab::image
