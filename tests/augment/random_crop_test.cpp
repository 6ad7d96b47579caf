#include "reslab/augment/random_crop.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "augment/support.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

// Row and column in every pixel, so that a window tells where it was cut.
Image coordinates(int height, int width) {
  Image image{height, width, 2, {}};
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column) {
      image.pixels.push_back(static_cast<std::uint8_t>(row));
      image.pixels.push_back(static_cast<std::uint8_t>(column));
    }
  return image;
}

RC_GTEST_PROP(RandomCrop, is_a_window_of_the_image, ()) {
  const auto height = *rc::gen::inRange(1, 50), width = *rc::gen::inRange(1, 50);
  const auto to_height = *rc::gen::inRange(1, height + 1), to_width = *rc::gen::inRange(1, width + 1);
  Image image = coordinates(height, width);
  auto random = random_of(*rc::gen::arbitrary<std::uint32_t>());
  RandomCrop({.height = to_height, .width = to_width}).apply(image, random);

  RC_ASSERT(image.height == to_height);
  RC_ASSERT(image.width == to_width);
  RC_ASSERT(image.pixels.size() == image.offset(to_height, 0));
  const int top = pixel(image, 0, 0, 0), left = pixel(image, 0, 0, 1);
  RC_ASSERT(top + to_height <= height);
  RC_ASSERT(left + to_width <= width);
  for (int row = 0; row < to_height; ++row)
    for (int column = 0; column < to_width; ++column) {
      RC_ASSERT(pixel(image, row, column, 0) == top + row);
      RC_ASSERT(pixel(image, row, column, 1) == left + column);
    }
}

TEST(RandomCrop, takes_every_position_equally_often) {
  constexpr int draws = 50'000, rows = 5, columns = 7;
  const Image image = coordinates(8 + rows - 1, 8 + columns - 1);
  const RandomCrop crop({.height = 8, .width = 8});
  std::map<std::pair<int, int>, int> counts;
  std::map<std::pair<int, int>, double> shares;
  for (int top = 0; top < rows; ++top)
    for (int left = 0; left < columns; ++left) shares[{top, left}] = 1.0 / (rows * columns);
  for (std::uint32_t sample = 0; sample < draws; ++sample) {
    Image window = image;
    auto random = random_of(sample);
    crop.apply(window, random);
    ++counts[{pixel(window, 0, 0, 0), pixel(window, 0, 0, 1)}];
  }
  EXPECT_EQ(counts.size(), shares.size());
  EXPECT_LT(excess(counts, shares, draws), 5);
}

TEST(RandomCrop, never_cuts_with_probability_0) {
  const Image image = coordinates(36, 36);
  for (std::uint32_t sample = 0; sample < 100; ++sample) {
    Image result = image;
    auto random = random_of(sample);
    RandomCrop({.probability = 0}).apply(result, random);
    EXPECT_TRUE(same(result, image));
  }
}

TEST(RandomCrop, says_what_size_comes_out) {
  EXPECT_EQ(RandomCrop({.height = 30, .width = 31}).output_size(Size{36, 31}), (Size{30, 31}));
  EXPECT_EQ(RandomCrop({.probability = 0}).output_size(Size{8, 8}), (Size{8, 8}));
  EXPECT_EQ(RandomCrop({.probability = 0.5}).output_size(Size{32, 32}), (Size{32, 32}));
  EXPECT_THROW(RandomCrop({.probability = 0.5}).output_size(Size{36, 36}), core::UserError);
}

TEST(RandomCrop, gives_images_of_different_sizes_its_own) {
  EXPECT_EQ(RandomCrop({.height = 30, .width = 31}).output_size(std::nullopt), (Size{30, 31}));
  EXPECT_EQ(RandomCrop({.probability = 0}).output_size(std::nullopt), std::nullopt);
  EXPECT_EQ(RandomCrop({.probability = 0.5}).output_size(std::nullopt), std::nullopt);
}

TEST(RandomCrop, refuses_images_smaller_than_the_window) {
  EXPECT_THROW(RandomCrop().output_size(Size{31, 32}), core::UserError);
  EXPECT_THROW(RandomCrop().output_size(Size{32, 31}), core::UserError);
  for (const Size size : {Size{31, 32}, Size{32, 31}}) {
    Image image = coordinates(size.height, size.width);
    auto random = random_of(0);
    try {
      RandomCrop().apply(image, random);
      FAIL() << "a window of 32×32 came out of a smaller image";
    } catch (const core::UserError& error) {
      EXPECT_NE(error.parts().remedy.find("pad or resize the images first"), std::string::npos) << error.what();
    }
  }
}

TEST(RandomCrop, refuses_options_out_of_range) {
  EXPECT_THROW(RandomCrop({.height = 0}), core::UserError);
  EXPECT_THROW(RandomCrop({.width = -1}), core::UserError);
  EXPECT_THROW(RandomCrop({.probability = 1.5}), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
