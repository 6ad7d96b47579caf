#include "reslab/augment/random_resized_crop.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "augment/support.h"
#include "reslab/augment/resize.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

RC_GTEST_PROP(RandomResizedCrop, is_the_drawn_window_resized, ()) {
  const Size size{*rc::gen::inRange(1, 60), *rc::gen::inRange(1, 60)};
  const Image image = random_image(size.height, size.width, 3, 1);
  const auto sample = *rc::gen::arbitrary<std::uint32_t>();
  const RandomResizedCrop crop({.height = 13, .width = 11, .least_area = 0.2});
  auto random = random_of(sample), same_random = random_of(sample);
  const Window window = crop.window(size, random);
  RC_ASSERT(window.top >= 0);
  RC_ASSERT(window.left >= 0);
  RC_ASSERT(window.size.height >= 1);
  RC_ASSERT(window.size.width >= 1);
  RC_ASSERT(window.top + window.size.height <= size.height);
  RC_ASSERT(window.left + window.size.width <= size.width);
  Image result = image, expected;
  crop.apply(result, same_random);
  resize(image, box_of(window), {13, 11}, expected);
  RC_ASSERT(same(result, expected));
}

// Of areas that always fit, so that no try is thrown away.
TEST(RandomResizedCrop, draws_areas_and_logarithms_of_ratios_uniformly) {
  constexpr int draws = 20'000, bins = 10;
  const RandomResizedCrop crop({.least_area = 0.1, .most_area = 0.5, .least_ratio = 0.5, .most_ratio = 2});
  std::map<int, int> areas, ratios;
  std::map<int, double> shares;
  for (int bin = 0; bin < bins; ++bin) shares[bin] = 1.0 / bins;
  for (std::uint32_t sample = 0; sample < draws; ++sample) {
    auto random = random_of(sample);
    const Size size = crop.window({10'000, 10'000}, random).size;
    const double area = static_cast<double>(size.height) * size.width / 1e8;
    ++areas[static_cast<int>((area - 0.1) / 0.4 * bins)];
    ++ratios[static_cast<int>((std::log2(static_cast<double>(size.width) / size.height) + 1) / 2 * bins)];
  }
  EXPECT_LT(excess(areas, shares, draws), 5);
  EXPECT_LT(excess(ratios, shares, draws), 5);
}

TEST(RandomResizedCrop, takes_every_position_equally_often) {
  constexpr int draws = 20'000;
  // Half of the area at a ratio of 1: 5 × 5 of 7 × 7 pixels, which leaves 3 × 3 places.
  const RandomResizedCrop crop({.least_area = 0.51, .most_area = 0.51, .least_ratio = 1, .most_ratio = 1});
  std::map<std::pair<int, int>, int> counts;
  std::map<std::pair<int, int>, double> shares;
  for (int top = 0; top < 3; ++top)
    for (int left = 0; left < 3; ++left) shares[{top, left}] = 1.0 / 9;
  for (std::uint32_t sample = 0; sample < draws; ++sample) {
    auto random = random_of(sample);
    const Window window = crop.window({7, 7}, random);
    ASSERT_EQ(window.size, (Size{5, 5}));
    ++counts[{window.top, window.left}];
  }
  EXPECT_LT(excess(counts, shares, draws), 5);
}

// torchvision's RandomResizedCrop.get_params ends so where ten windows didn't fit.
TEST(RandomResizedCrop, takes_the_middle_where_no_window_fits) {
  const RandomResizedCrop crop({.least_area = 1, .most_area = 1, .least_ratio = 0.5, .most_ratio = 0.75});
  const auto window_of = [&](Size image) {
    auto random = random_of(1);
    return crop.window(image, random);
  };
  EXPECT_EQ(window_of({10, 100}), (Window{.top = 0, .left = 46, .size = {10, 8}}));  // round(10 · 0.75)
  EXPECT_EQ(window_of({100, 10}), (Window{.top = 40, .left = 0, .size = {20, 10}}));
  const RandomResizedCrop whole({.least_area = 1, .most_area = 1, .least_ratio = 0.99, .most_ratio = 1.01});
  auto random = random_of(1);
  EXPECT_EQ(whole.window({1, 1}, random), (Window{.size = {1, 1}}));
}

TEST(RandomResizedCrop, asks_for_pictures_in_which_its_smallest_part_has_all_pixels) {
  EXPECT_DOUBLE_EQ(RandomResizedCrop({.least_area = 0.25}).magnification(), 2);
  EXPECT_DOUBLE_EQ(RandomResizedCrop({.least_area = 1}).magnification(), 1);
}

TEST(RandomResizedCrop, refuses_options_out_of_range) {
  EXPECT_THROW(RandomResizedCrop({.height = 0}), core::UserError);
  EXPECT_THROW(RandomResizedCrop({.least_area = 0}), core::UserError);
  EXPECT_THROW(RandomResizedCrop({.least_area = 0.5, .most_area = 0.4}), core::UserError);
  EXPECT_THROW(RandomResizedCrop({.most_area = 1.1}), core::UserError);
  EXPECT_THROW(RandomResizedCrop({.least_ratio = 0}), core::UserError);
  EXPECT_THROW(RandomResizedCrop({.most_ratio = NAN}), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
