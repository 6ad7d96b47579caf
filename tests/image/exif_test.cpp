#include "reslab/image/exif.h"

#include <gtest/gtest.h>

#include <string>

#include "image/support.h"

namespace reslab::image {
namespace {

using augment::Image;
using namespace std::string_literals;

std::span<const std::byte> as_block(const std::string& text) { return std::as_bytes(std::span(text)); }

// A block with the orientation alone: header, number of entries, tag 274 of the type SHORT, no next directory.
const std::string little = "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"s;
const std::string big = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0"s;

TEST(Exif, ReadsBothOrdersOfBytes) {
  EXPECT_EQ(read_exif(as_block(little)).state, ExifState::read);
  EXPECT_EQ(read_exif(as_block(little)).orientation, 6);
  EXPECT_EQ(read_exif(as_block(big)).orientation, 8);
}

TEST(Exif, ABrokenBlockCountsAsNone) {
  for (std::size_t size = 0; size < little.size() - 4; ++size) {  // but for the next directory's place
    const Exif exif = read_exif(as_block(little.substr(0, size)));
    EXPECT_EQ(exif.state, ExifState::broken) << size;
    EXPECT_EQ(exif.orientation, 1) << size;
  }
  std::string other = little;
  other[18] = 9;  // the value
  EXPECT_EQ(read_exif(as_block(other)).state, ExifState::broken);
  other[18] = 0;  // as writers have it that don't know
  EXPECT_EQ(read_exif(as_block(other)).state, ExifState::read);
  EXPECT_EQ(read_exif(as_block(other)).orientation, 1);
  other = little;
  other[12] = 2;  // a text, for a number
  EXPECT_EQ(read_exif(as_block(other)).state, ExifState::broken);
}

TEST(Exif, TurnsEachWay) {
  // Two rows of three pixels: abc, def.
  const Image stored{.height = 2, .width = 3, .channels = 1, .pixels = {'a', 'b', 'c', 'd', 'e', 'f'}};
  const std::vector<std::string> upright{"abcdef", "cbafed", "fedcba", "defabc",
                                         "adbecf", "daebfc", "fcebda", "cfbead"};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    Image image = stored;
    turn_upright(image, orientation);
    EXPECT_EQ(std::string(image.pixels.begin(), image.pixels.end()),
              upright.at(static_cast<std::size_t>(orientation - 1)))
        << orientation;
    EXPECT_EQ(image.height, exchanges_sides(orientation) ? 3 : 2);
    EXPECT_EQ(image.width, exchanges_sides(orientation) ? 2 : 3);
  }
}

TEST(Exif, TurnsThereAndBack) {
  // Larger than the tiles that pixels are moved in.
  Image image{.height = 70, .width = 45, .channels = 3, .pixels = {}};
  image.pixels.resize(image.offset(70, 0));
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  for (const auto& [there, back] : {std::pair{2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 8}, {7, 7}, {8, 6}}) {
    Image turned = image;
    turn_upright(turned, there);
    EXPECT_NE(turned.pixels, image.pixels) << there;
    turn_upright(turned, back);
    EXPECT_EQ(largest_difference(turned, image), 0) << there;
  }
}

}  // namespace
}  // namespace reslab::image
