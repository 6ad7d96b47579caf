#include "reslab/augment/enhance.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "reslab/augment/intensity.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

// ITU-R BT.601's weights of 16 bits, as Pillow's conversion to grey has them.
int grey_of_pixel(const std::uint8_t* pixel) {
  return (19'595 * pixel[0] + 38'470 * pixel[1] + 7'471 * pixel[2] + 0x8000) >> 16;
}

constexpr int factor_bits = 16, one = 1 << factor_bits;

constexpr int hue_bits = 20;  // after the point: 255 times a sixth of the wheel fits into 31 bits
constexpr int sixth = 1 << hue_bits;

// What a difference of two channels is multiplied by, to be in sixths of the wheel: 1 / (largest − smallest).
constexpr std::array<int, 256> inverses = [] {
  std::array<int, 256> table{};
  for (int range = 1; range < 256; ++range) table[static_cast<std::size_t>(range)] = (sixth + range / 2) / range;
  return table;
}();

// value − range · max(0, min(1, place, 4 − place)), place in sixths of the wheel from 0 on: what one channel has where
// the hue lies at `place` from where that channel is smallest.
std::uint8_t channel_at(int place, int value, int range) {
  if (place >= 6 * sixth) place -= 6 * sixth;
  const int less = std::clamp(std::min(place, 4 * sixth - place), 0, sixth);
  return static_cast<std::uint8_t>(value - ((range * less + sixth / 2) >> hue_bits));
}

// shift: in [0, 6 sixths).
void shift_pixel(std::uint8_t* pixel, int shift) {
  const int red = pixel[0], green = pixel[1], blue = pixel[2];
  const int value = std::max({red, green, blue}), range = value - std::min({red, green, blue});
  const int inverse = inverses[static_cast<std::size_t>(range)];
  int hue = value == red     ? (green - blue) * inverse
            : value == green ? 2 * sixth + (blue - red) * inverse
                             : 4 * sixth + (red - green) * inverse;
  hue += shift;
  if (hue < 0) hue += 6 * sixth;
  if (hue >= 6 * sixth) hue -= 6 * sixth;
  pixel[0] = channel_at(hue + 5 * sixth, value, range);
  pixel[1] = channel_at(hue + 3 * sixth, value, range);
  pixel[2] = channel_at(hue + sixth, value, range);
}

std::uint8_t within_byte(int value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); }

}  // namespace

void change_brightness(Image& image, float factor) { scale_values(image, factor, 0); }

void change_contrast(Image& image, float factor) { scale_values(image, factor, (1 - factor) * grey_of(image)); }

void change_saturation(Image& image, float factor) {
  if (image.channels != 3) return;
  // In whole numbers, the factor with 16 bits after the point.
  const int own = static_cast<int>(std::rint(factor * one)), grey = one - own;
  std::uint8_t* const end = image.pixels.data() + image.pixels.size();
  for (std::uint8_t* pixel = image.pixels.data(); pixel < end; pixel += 3) {
    const int offset = grey * grey_of_pixel(pixel) + one / 2;
    for (int c = 0; c < 3; ++c) pixel[c] = within_byte((own * pixel[c] + offset) >> factor_bits);
  }
}

void change_sharpness(Image& image, float factor) {
  if (image.height < 3 || image.width < 3) return;  // nothing but edges
  const Image sharp = image;
  const int own = static_cast<int>(std::rint(factor * one)), smooth = one - own;
  const std::size_t row_bytes = image.offset(1, 0), pixel = image.offset(0, 1);
  std::vector<int> columns(row_bytes);  // sums of three rows
  for (int row = 1; row < image.height - 1; ++row) {
    const std::uint8_t* middle = sharp.pixels.data() + sharp.offset(row, 0);
    const std::uint8_t *above = middle - row_bytes, *below = middle + row_bytes;
    std::uint8_t* to = image.pixels.data() + image.offset(row, 0);
    for (std::size_t i = 0; i < row_bytes; ++i) columns[i] = above[i] + middle[i] + below[i];
    for (std::size_t i = pixel; i < row_bytes - pixel; ++i) {
      const int sum = columns[i - pixel] + columns[i] + columns[i + pixel] + 4 * middle[i];
      const int smoothed = (2 * sum + 13) / 26;
      to[i] = within_byte((own * middle[i] + smooth * smoothed + one / 2) >> factor_bits);
    }
  }
}

void shift_hue(Image& image, float turns) {
  RESLAB_ASSERT(turns >= -1 && turns <= 1, turns);
  if (image.channels != 3) return;
  const int shift = static_cast<int>(std::rint(turns * 6 * sixth));
  const int positive = (shift + 12 * sixth) % (6 * sixth);
  if (positive == 0) return;
  std::uint8_t* const end = image.pixels.data() + image.pixels.size();
  for (std::uint8_t* pixel = image.pixels.data(); pixel < end; pixel += 3) shift_pixel(pixel, positive);
}

}  // namespace reslab::augment
