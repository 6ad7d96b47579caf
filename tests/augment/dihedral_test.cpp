#include "reslab/augment/dihedral.h"

#include <gtest/gtest.h>

#include "augment/pillow.h"
#include "augment/support.h"
#include "reslab/augment/vertical_flip.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

const std::map<std::string, Symmetry> symmetries_by_pillows_names{
    {"FLIP_LEFT_RIGHT", {.mirrored = true}},
    {"FLIP_TOP_BOTTOM", {.turned_over = true}},
    {"ROTATE_90", {.transposed = true, .turned_over = true}},
    {"ROTATE_180", {.mirrored = true, .turned_over = true}},
    {"ROTATE_270", {.transposed = true, .mirrored = true}},
    {"TRANSPOSE", {.transposed = true}},
    {"TRANSVERSE", {.transposed = true, .mirrored = true, .turned_over = true}},
};

TEST(Dihedral, lays_images_as_pillow_does) {
  int compared = 0;
  for (const auto& [name, expected] : pillow_results("transpose.txt")) {
    int height = 0, width = 0, channels = 0;
    ASSERT_EQ(std::sscanf(name.c_str(), "%dx%dx%d", &height, &width, &channels), 3) << name;
    Image image = pattern(height, width, channels);
    lay(image, symmetries_by_pillows_names.at(name.substr(name.find(' ') + 1)));
    EXPECT_EQ(largest_difference(image, expected), 0) << name;
    ++compared;
  }
  EXPECT_EQ(compared, 14);
}

TEST(Dihedral, takes_each_of_eight_ways_equally_often) {
  constexpr int draws = 20'000;
  std::map<std::vector<std::uint8_t>, int> counts;
  for (std::uint32_t sample = 0; sample < draws; ++sample) {
    Image image{2, 2, 1, {1, 2, 3, 4}};
    auto random = random_of(sample);
    Dihedral().apply(image, random);
    ++counts[image.pixels];
  }
  EXPECT_EQ(counts.size(), 8U);
  std::map<std::vector<std::uint8_t>, double> shares;
  for (const auto& [pixels, count] : counts) shares[pixels] = 1.0 / 8;
  EXPECT_LT(excess(counts, shares, draws), 5);
}

TEST(Dihedral, keeps_the_size_of_squares_alone) {
  EXPECT_EQ(Dihedral().output_size(Size{7, 7}), (Size{7, 7}));
  EXPECT_EQ(Dihedral().output_size(Size{7, 8}), std::nullopt);
  EXPECT_EQ(Dihedral().output_size(std::nullopt), std::nullopt);
}

TEST(VerticalFlip, exchanges_top_and_bottom_as_often_as_asked) {
  int flipped = 0;
  for (std::uint32_t sample = 0; sample < 1'000; ++sample) {
    Image image{3, 2, 1, {1, 2, 3, 4, 5, 6}};
    auto random = random_of(sample);
    VerticalFlip({.probability = 0.25}).apply(image, random);
    if (image.pixels == std::vector<std::uint8_t>{5, 6, 3, 4, 1, 2})
      ++flipped;
    else
      EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}));
  }
  EXPECT_NEAR(flipped, 250, 60);
  EXPECT_THROW(VerticalFlip({.probability = 2}), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
