#include "reslab/pictures/look.h"

#include <gtest/gtest.h>

#include <bit>

#include "pictures/drawn.h"
#include "reslab/augment/resize.h"
#include "reslab/image/decode.h"

namespace reslab::pictures {
namespace {

constexpr int height = 47, width = 60;

augment::Image formula_picture() {
  augment::Image image{.height = height, .width = width, .channels = 1};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      image.pixels.push_back(static_cast<std::uint8_t>((13 * x + 7 * y + x * y / 16) % 256));
  return image;
}

// Expected by tests/reference/picture_look.py with Pillow 13.0.0 and SciPy 1.17.1.
TEST(Look, IsWhatPillowAndSciPySay) {
  const Look look = look_of(formula_picture());
  EXPECT_EQ(look.hash, 0x7fff40d58100bf09U);
  const std::vector<std::uint8_t> first{31, 75, 125, 173, 208, 83, 65, 113, 162, 206, 105, 54, 103, 151, 200, 175},
      last{84, 138, 194, 112, 60, 119, 178, 178, 56, 100, 159, 196, 77, 81, 140, 194};
  EXPECT_EQ(std::vector<std::uint8_t>(look.grey.begin(), look.grey.begin() + 16), first);
  EXPECT_EQ(std::vector<std::uint8_t>(look.grey.end() - 16, look.grey.end()), last);
}

Look look_of_file(const std::string& file) {
  return look_of(
      image::decode(std::as_bytes(std::span(file)), "file", {.channels = 1, .least_side = look_decoding_side}).image);
}

// Smooth shapes, other ones for each seed.
augment::Image shapes(int seed) { return test::drawn(240, 180, 3, seed); }

std::string png_of(const augment::Image& image) { return test::text_of_bytes(image::encode_png(image)); }

augment::Image changed(augment::Image image, double factor, int plus) {
  for (std::uint8_t& value : image.pixels) value = static_cast<std::uint8_t>(std::min(255.0, value * factor + plus));
  return image;
}

TEST(Look, OfTheSamePictureSavedOtherwiseIsAlike) {
  for (int seed = 0; seed < 10; ++seed) {
    const augment::Image image = shapes(seed);
    const Look look = look_of_file(png_of(image));
    EXPECT_TRUE(are_alike(look, look_of_file(test::text_of_bytes(image::encode_jpeg(image, 40))))) << seed;
    EXPECT_TRUE(are_alike(look, look_of_file(png_of(changed(image, 0.8, 20))))) << seed;
    augment::Image half = image;
    augment::resize(half, {120, 90});
    EXPECT_TRUE(are_alike(look, look_of_file(png_of(half)))) << seed;
    // Decoded at a part of its size, as large photographs are.
    augment::Image large = image;
    augment::resize(large, {1920, 1440});
    EXPECT_TRUE(are_alike(look, look_of_file(test::text_of_bytes(image::encode_jpeg(large))))) << seed;
  }
}

TEST(Look, OfOtherPicturesIsNot) {
  for (int a = 0; a < 12; ++a)
    for (int b = a + 1; b < 12; ++b)
      EXPECT_FALSE(are_alike(look_of_file(png_of(shapes(a))), look_of_file(png_of(shapes(b))))) << a << ' ' << b;
}

// The hash alone would take pictures for alike that have their coarse shapes in common.
TEST(Look, AsksForBothTheHashAndTheSmallImage) {
  Look a = look_of(formula_picture()), b = a;
  EXPECT_TRUE(are_alike(a, b));
  b.hash ^= 0x7f;
  EXPECT_FALSE(are_alike(a, b)) << "seven bits";
  b.hash = a.hash ^ 0x3f;
  EXPECT_TRUE(are_alike(a, b)) << "six bits";
  for (std::size_t i = 0; i < 40; ++i) b.grey[i] = 255;
  EXPECT_LT(correlation(a, b), near_correlation);
  EXPECT_FALSE(are_alike(a, b));
}

TEST(Look, CorrelatesRegardlessOfBrightnessAndContrast) {
  const Look a = look_of(formula_picture());
  Look b = a, negative = a;
  for (std::uint8_t& value : b.grey) value = static_cast<std::uint8_t>(40 + value / 2);
  for (std::uint8_t& value : negative.grey) value = static_cast<std::uint8_t>(255 - value);
  EXPECT_NEAR(correlation(a, b), 1, 1e-3);
  EXPECT_NEAR(correlation(a, negative), -1, 1e-12);
  EXPECT_NEAR(correlation(a, a), 1, 1e-12);
}

TEST(Look, OfASingleToneIsComparedWithNone) {
  augment::Image plain{.height = 50, .width = 50, .channels = 1, .pixels = std::vector<std::uint8_t>(2500, 200)};
  for (std::size_t i = 0; i < plain.pixels.size(); i += 3) plain.pixels[i] = 202;
  const Look look = look_of(plain);
  EXPECT_TRUE(is_plain(look));
  EXPECT_FALSE(are_alike(look, look));
  EXPECT_EQ(correlation(Look{}, Look{}), 0);
  EXPECT_FALSE(is_plain(look_of(formula_picture())));
}

TEST(Look, ReadsBackFromARecord) {
  const Look look = look_of(formula_picture());
  const std::string value = encode_look(look);
  EXPECT_EQ(value.size(), 264U);
  EXPECT_EQ(decode_look(value), look);
  EXPECT_FALSE(decode_look(value.substr(1)));
  EXPECT_FALSE(decode_look(value + "x"));
}

}  // namespace
}  // namespace reslab::pictures
