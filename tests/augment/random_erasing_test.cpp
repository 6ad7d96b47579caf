#include "reslab/augment/random_erasing.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "augment/support.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

// The rectangle that holds all zeros of an image that had none, and how many there are.
struct Hole {
  int top = 1'000, left = 1'000, bottom = -1, right = -1, pixels = 0;
};

Hole hole_of(const Image& image) {
  Hole hole;
  for (int row = 0; row < image.height; ++row)
    for (int column = 0; column < image.width; ++column) {
      if (pixel(image, row, column, 0) != 0) continue;
      ++hole.pixels;
      hole.top = std::min(hole.top, row);
      hole.left = std::min(hole.left, column);
      hole.bottom = std::max(hole.bottom, row + 1);
      hole.right = std::max(hole.right, column + 1);
    }
  return hole;
}

Image white(int height, int width, int channels) {
  Image image{height, width, channels, {}};
  image.pixels.assign(image.offset(height, 0), 255);
  return image;
}

RC_GTEST_PROP(RandomErasing, paints_one_rectangle_that_is_smaller_than_the_image, ()) {
  const int height = *rc::gen::inRange(1, 50), width = *rc::gen::inRange(1, 50);
  Image image = white(height, width, 3);
  auto random = random_of(*rc::gen::arbitrary<std::uint32_t>());
  RandomErasing({.probability = 1}).apply(image, random);
  const Hole hole = hole_of(image);
  if (hole.pixels == 0) return;  // no rectangle fitted
  RC_ASSERT(hole.pixels == (hole.bottom - hole.top) * (hole.right - hole.left));
  RC_ASSERT(hole.bottom - hole.top < height);
  RC_ASSERT(hole.right - hole.left < width);
}

TEST(RandomErasing, draws_areas_ratios_and_places_uniformly) {
  constexpr int draws = 6'000, bins = 6;
  std::map<int, int> areas, ratios, rows;
  std::map<int, double> shares;
  for (int bin = 0; bin < bins; ++bin) shares[bin] = 1.0 / bins;
  for (std::uint32_t sample = 0; sample < draws; ++sample) {
    Image image = white(200, 200, 1);
    auto random = random_of(sample);
    RandomErasing({.probability = 1, .least_area = 0.05, .most_area = 0.2, .least_ratio = 0.5, .most_ratio = 2})
        .apply(image, random);
    const Hole hole = hole_of(image);
    const double height = hole.bottom - hole.top, width = hole.right - hole.left;
    ++areas[std::clamp(static_cast<int>((height * width / 40'000 - 0.05) / 0.15 * bins), 0, bins - 1)];
    ++ratios[std::clamp(static_cast<int>((std::log2(height / width) + 1) / 2 * bins), 0, bins - 1)];
    ++rows[static_cast<int>(hole.top / (201 - height) * bins)];
  }
  EXPECT_LT(excess(areas, shares, draws), 6);
  EXPECT_LT(excess(ratios, shares, draws), 6);
  EXPECT_LT(excess(rows, shares, draws), 6);
}

TEST(RandomErasing, makes_high_rectangles_of_large_ratios) {
  for (std::uint32_t sample = 0; sample < 50; ++sample) {
    Image image = white(100, 100, 1);
    auto random = random_of(sample);
    RandomErasing({.probability = 1, .least_ratio = 3, .most_ratio = 3}).apply(image, random);
    const Hole hole = hole_of(image);
    EXPECT_TRUE(hole.pixels == 0 || hole.bottom - hole.top > 2 * (hole.right - hole.left));
  }
}

TEST(RandomErasing, takes_a_colour_or_noise) {
  Image coloured = white(40, 40, 3), noisy = white(40, 40, 3);
  auto random = random_of(3), same_random = random_of(3);
  RandomErasing({.probability = 1, .fill = {1, 2, 3}}).apply(coloured, random);
  RandomErasing({.probability = 1, .noise = true}).apply(noisy, same_random);
  int painted = 0, values = 0;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < coloured.pixels.size(); i += 3) {
    if (coloured.pixels[i] == 255) {
      EXPECT_EQ(noisy.pixels[i], 255);  // the same rectangle
      continue;
    }
    EXPECT_EQ(coloured.pixels[i + 1], 2);
    EXPECT_EQ(coloured.pixels[i + 2], 3);
    ++painted;
    for (std::size_t c = 0; c < 3; ++c, ++values) sum += noisy.pixels[i + c];
  }
  ASSERT_GT(painted, 20);
  EXPECT_NEAR(static_cast<double>(sum) / values, 127.5, 5 * 74 / std::sqrt(values));
}

TEST(RandomErasing, is_applied_as_often_as_asked) {
  int erased = 0;
  for (std::uint32_t sample = 0; sample < 1'000; ++sample) {
    Image image = white(30, 30, 1);
    auto random = random_of(sample);
    RandomErasing({.probability = 0.3}).apply(image, random);
    erased += hole_of(image).pixels > 0 ? 1 : 0;
  }
  EXPECT_NEAR(erased, 300, 60);
}

TEST(RandomErasing, refuses_options_out_of_range) {
  EXPECT_THROW(RandomErasing({.probability = 2}), core::UserError);
  EXPECT_THROW(RandomErasing({.least_area = 0}), core::UserError);
  EXPECT_THROW(RandomErasing({.most_area = 0.01}), core::UserError);
  EXPECT_THROW(RandomErasing({.most_ratio = 101}), core::UserError);
  EXPECT_THROW(RandomErasing({.noise = true, .fill = {1}}), core::UserError);
  EXPECT_THROW(RandomErasing({.fill = {1, 2, 3, 4, 5}}), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
