#include "reslab/augment/color_jitter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "augment/support.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

Image jittered(Image image, std::uint32_t sample, const ColorJitterOptions& options) {
  auto random = random_of(sample);
  ColorJitter(options).apply(image, random);
  return image;
}

constexpr ColorJitterOptions none{.brightness = 0, .contrast = 0, .saturation = 0, .hue = 0};

TEST(ColorJitter, changes_nothing_without_strength) {
  const Image image = random_image(6, 5, 3, 1);
  for (std::uint32_t sample = 0; sample < 50; ++sample) EXPECT_TRUE(same(jittered(image, sample, none), image));
}

TEST(ColorJitter, draws_factors_uniformly_within_their_range) {
  constexpr int draws = 10'000, bins = 8;
  ColorJitterOptions options = none;
  options.brightness = 0.4;
  std::map<int, int> counts;
  std::map<int, double> shares;
  for (int bin = 0; bin < bins; ++bin) shares[bin] = 1.0 / bins;
  for (std::uint32_t sample = 0; sample < draws; ++sample) {
    const int value = jittered({1, 1, 1, {125}}, sample, options).pixels[0];  // 75 … 175
    ASSERT_GE(value, 75);
    ASSERT_LE(value, 175);
    ++counts[std::min(static_cast<int>((value - 74.5) / 100.5 * bins), bins - 1)];
  }
  EXPECT_LT(excess(counts, shares, draws), 8);
}

// A grey pixel has no hue and no saturation; of a coloured one the largest value stays when its hue moves.
TEST(ColorJitter, moves_hue_and_saturation_by_their_strengths_alone) {
  ColorJitterOptions hue = none, saturation = none;
  hue.hue = 0.5;
  saturation.saturation = 1;
  std::set<std::vector<std::uint8_t>> hues, saturations;
  for (std::uint32_t sample = 0; sample < 300; ++sample) {
    EXPECT_EQ(jittered({1, 1, 3, {90, 90, 90}}, sample, hue).pixels, (std::vector<std::uint8_t>{90, 90, 90}));
    EXPECT_EQ(jittered({1, 1, 3, {90, 90, 90}}, sample, saturation).pixels, (std::vector<std::uint8_t>{90, 90, 90}));
    const auto turned = jittered({1, 1, 3, {200, 50, 20}}, sample, hue).pixels;
    EXPECT_EQ(*std::ranges::max_element(turned), 200);
    EXPECT_EQ(*std::ranges::min_element(turned), 20);
    hues.insert(turned);
    saturations.insert(jittered({1, 1, 3, {200, 50, 20}}, sample, saturation).pixels);
  }
  EXPECT_GT(hues.size(), 150U);
  EXPECT_GT(saturations.size(), 80U);
}

struct Pair {
  double dark, light;

  void brighten(double factor) {
    for (double* value : {&dark, &light}) *value = std::clamp(std::rint(*value * factor), 0.0, 255.0);
  }
  void spread(double factor) {
    const double middle = (dark + light) / 2;
    for (double* value : {&dark, &light})
      *value = std::clamp(std::rint(factor * *value + (1 - factor) * middle), 0.0, 255.0);
  }
};

// The order shows where brightness cuts values off at 255 before contrast or after it.
TEST(ColorJitter, takes_its_changes_in_every_order) {
  ColorJitterOptions options = none;
  options.brightness = 1;
  options.contrast = 1;
  int brightness_first = 0, distinct = 0;
  for (std::uint32_t sample = 0; sample < 2'000; ++sample) {
    const auto pixels = jittered({1, 2, 1, {0, 200}}, sample, options).pixels;
    auto random = random_of(sample);
    for (std::uint32_t left = 4; left > 1; --left) random.below(left);  // the order
    const double brightness = static_cast<double>(random.uniform(0, 2));
    const double contrast = static_cast<double>(random.uniform(0, 2));
    Pair bright_first{0, 200}, contrast_first{0, 200};
    bright_first.brighten(brightness);
    bright_first.spread(contrast);
    contrast_first.spread(contrast);
    contrast_first.brighten(brightness);
    const auto is = [&](const Pair& pair) {
      return std::abs(pixels[0] - pair.dark) <= 1 && std::abs(pixels[1] - pair.light) <= 1;
    };
    ASSERT_TRUE(is(bright_first) || is(contrast_first)) << sample;
    if (is(bright_first) && is(contrast_first)) continue;
    ++distinct;
    brightness_first += is(bright_first) ? 1 : 0;
  }
  ASSERT_GT(distinct, 500);
  EXPECT_NEAR(brightness_first, 0.5 * distinct, 5 * std::sqrt(0.25 * distinct));
}

TEST(ColorJitter, refuses_options_out_of_range) {
  EXPECT_THROW(ColorJitter({.brightness = 1.1}), core::UserError);
  EXPECT_THROW(ColorJitter({.contrast = -0.1}), core::UserError);
  EXPECT_THROW(ColorJitter({.saturation = NAN}), core::UserError);
  EXPECT_THROW(ColorJitter({.hue = 0.6}), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
