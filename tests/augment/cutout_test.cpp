#include "reslab/augment/cutout.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <tuple>

#include "augment/support.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

using Box = std::tuple<int, int, int, int>;  // top, bottom, left, right; ends not included

constexpr std::uint8_t background = 255;

Image blank(int height, int width) {
  Image image{height, width, 1, {}};
  image.pixels.assign(image.offset(height, 0), background);
  return image;
}

// The rectangle that differs from the background; fails the test when what differs is no rectangle.
Box hole_of(const Image& image) {
  int top = image.height, bottom = 0, left = image.width, right = 0, area = 0;
  for (int row = 0; row < image.height; ++row)
    for (int column = 0; column < image.width; ++column) {
      if (pixel(image, row, column, 0) == background) continue;
      top = std::min(top, row), bottom = std::max(bottom, row + 1);
      left = std::min(left, column), right = std::max(right, column + 1);
      ++area;
    }
  EXPECT_EQ(area, (bottom - top) * (right - left));
  return {top, bottom, left, right};
}

TEST(Cutout, places_holes_as_its_definition_enumerates_them) {
  constexpr int side = 32, hole = 8, draws = 200'000;
  std::map<Box, double> shares;
  for (int row = 0; row <= side; ++row)
    for (int column = 0; column <= side; ++column) {
      const int top = std::max(0, row - hole / 2), left = std::max(0, column - hole / 2);
      const int bottom = std::min(side, top + hole), right = std::min(side, left + hole);
      shares[{top, bottom, left, right}] += 1.0 / ((side + 1) * (side + 1));
    }
  ASSERT_EQ(shares.size(), 29U * 29U);
  ASSERT_TRUE(shares.contains({28, 32, 28, 32})) << "cut at the bottom and the right";
  ASSERT_NEAR((shares[{0, 8, 0, 8}]), 25.0 / (33 * 33), 1e-12) << "whole at the top and the left";

  const Cutout cutout({.probability = 1});
  std::map<Box, int> counts;
  for (std::uint32_t sample = 0; sample < draws; ++sample) {
    Image image = blank(side, side);
    auto random = random_of(sample);
    cutout.apply(image, random);
    ++counts[hole_of(image)];
  }
  EXPECT_EQ(counts.size(), shares.size());
  EXPECT_LT(excess(counts, shares, draws), 5);
}

RC_GTEST_PROP(Cutout, keeps_within_the_image_for_any_sizes, ()) {
  const auto height = *rc::gen::inRange(1, 20), width = *rc::gen::inRange(1, 20);
  const auto hole_height = *rc::gen::inRange(1, 40), hole_width = *rc::gen::inRange(1, 40);
  Image image = blank(height, width);
  auto random = random_of(*rc::gen::arbitrary<std::uint32_t>());
  auto draws = random;
  Cutout({.height = hole_height, .width = hole_width, .probability = 1}).apply(image, random);

  draws.next();  // the chance
  const int row = static_cast<int>(draws.below(static_cast<std::uint32_t>(height + 1)));
  const int column = static_cast<int>(draws.below(static_cast<std::uint32_t>(width + 1)));
  const int top = std::max(0, row - hole_height / 2), left = std::max(0, column - hole_width / 2);
  RC_ASSERT(image.pixels.size() == image.offset(height, 0));
  for (int r = 0; r < height; ++r)
    for (int c = 0; c < width; ++c) {
      const bool in_hole = r >= top && r < top + hole_height && c >= left && c < left + hole_width;
      RC_ASSERT(pixel(image, r, c, 0) == (in_hole ? 0 : background));
    }
}

TEST(Cutout, happens_with_its_probability) {
  constexpr int draws = 20'000;
  for (const double probability : {0.0, 0.3, 0.5, 1.0}) {
    const Cutout cutout({.height = 32, .width = 32, .probability = probability});
    int count = 0;
    for (std::uint32_t sample = 0; sample < draws; ++sample) {
      Image image = blank(4, 4);
      auto random = random_of(sample);
      cutout.apply(image, random);
      count += image.pixels != blank(4, 4).pixels ? 1 : 0;
    }
    const double deviation = std::sqrt(probability * (1 - probability) * draws);
    EXPECT_NEAR(count, probability * draws, 4 * deviation) << probability;
  }
}

TEST(Cutout, makes_as_many_holes_as_asked) {
  // One pixel each in a large image: overlaps and centres at the very end are rare, but they happen.
  const Cutout cutout({.holes = 20, .height = 1, .width = 1, .probability = 1});
  Image image = blank(1000, 1000);
  auto random = random_of(3);
  cutout.apply(image, random);
  const auto filled = std::ranges::count(image.pixels, std::uint8_t{0});
  EXPECT_EQ(filled, 20);
}

TEST(Cutout, fills_each_channel_with_its_value) {
  Image image = random_image(8, 8, 3, 1);
  auto random = random_of(0);
  // Twice the image's size: the hole covers it all, wherever its centre is but for the last row and column.
  Cutout({.height = 32, .width = 32, .probability = 1, .fill = {125, 122, 113}}).apply(image, random);
  for (int row = 0; row < 8; ++row)
    for (int column = 0; column < 8; ++column) {
      EXPECT_EQ(pixel(image, row, column, 0), 125);
      EXPECT_EQ(pixel(image, row, column, 1), 122);
      EXPECT_EQ(pixel(image, row, column, 2), 113);
    }
}

TEST(Cutout, cuts_the_fraction_off_its_mean_colour) {
  // CIFAR-10's mean · 255 is 125.307, 122.950, 113.865.
  EXPECT_EQ(fill_of_mean(std::array{0.49139968, 0.48215841, 0.44653091}), (std::vector<std::uint8_t>{125, 122, 113}));
  EXPECT_EQ(fill_of_mean(std::array{0.0, 1.0}), (std::vector<std::uint8_t>{0, 255}));
  EXPECT_THROW(fill_of_mean(std::array{1.1}), core::UserError);
}

TEST(Cutout, refuses_options_out_of_range) {
  EXPECT_THROW(Cutout({.holes = 0}), core::UserError);
  EXPECT_THROW(Cutout({.height = 0}), core::UserError);
  EXPECT_THROW(Cutout({.width = 20'000}), core::UserError);
  EXPECT_THROW(Cutout({.probability = -1}), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
