// What changes of colour and tone make of images, against Pillow.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "augment/pillow.h"
#include "augment/support.h"
#include "reslab/augment/enhance.h"
#include "reslab/augment/tone.h"

namespace reslab::augment {
namespace {

using namespace test;

// "13x9x3 brightness 0.3"
struct ColourCase {
  Image image;
  std::string change;
  float amount = 0;

  explicit ColourCase(const std::string& name) {
    int height = 0, width = 0, channels = 0;
    char word[32] = {};
    EXPECT_EQ(std::sscanf(name.c_str(), "%dx%dx%d %31s %f", &height, &width, &channels, word, &amount), 5) << name;
    image = pattern(height, width, channels);
    change = word;
    if (change.starts_with("flat_")) {
      for (auto& value : image.pixels) value = static_cast<std::uint8_t>(value / 4 + 100);
      change = change.substr(5);
    }
  }

  void apply() {
    const int whole = static_cast<int>(amount);
    if (change == "brightness") return change_brightness(image, amount);
    if (change == "contrast") return change_contrast(image, amount);
    if (change == "color") return change_saturation(image, amount);
    if (change == "sharpness") return change_sharpness(image, amount);
    if (change == "hue") return shift_hue(image, static_cast<float>(whole < 128 ? whole : whole - 256) / 255);
    if (change == "autocontrast") return stretch_contrast(image);
    if (change == "equalize") return equalize(image);
    if (change == "posterize") return posterize(image, whole);
    if (change == "solarize") return solarize(image, whole);
    FAIL() << change;
  }
};

// Blends are rounded here, where Pillow cuts the fraction off. Pillow's hue and saturation have 255 levels.
const std::map<std::string, int> allowed_differences{{"brightness", 1},   {"contrast", 1},  {"color", 1},
                                                     {"sharpness", 1},    {"hue", 6},       {"equalize", 0},
                                                     {"autocontrast", 0}, {"posterize", 0}, {"solarize", 0}};

TEST(ColourChanges, give_what_pillow_gives) {
  std::map<std::string, int> compared;
  for (const auto& [name, expected] : pillow_results("colour.txt")) {
    ColourCase given(name);
    given.apply();
    EXPECT_LE(largest_difference(given.image, expected), allowed_differences.at(given.change)) << name;
    ++compared[given.change];
  }
  EXPECT_EQ(compared.size(), allowed_differences.size());
}

TEST(ColourChanges, are_nothing_at_a_factor_of_1) {
  const Image image = random_image(11, 8, 3, 1);
  for (const auto change : {change_brightness, change_contrast, change_saturation, change_sharpness}) {
    Image same_image = image;
    change(same_image, 1);
    EXPECT_TRUE(same(same_image, image));
  }
  for (const float turns : {0.0F, 1.0F, -1.0F}) {
    Image same_image = image;
    shift_hue(same_image, turns);
    EXPECT_TRUE(same(same_image, image));
  }
}

TEST(ColourChanges, round_to_the_nearest) {
  Image image{1, 3, 1, {1, 2, 3}};
  change_brightness(image, 0.5F);
  EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{0, 1, 2}));  // 0.5 and 1.5, to the even number
  Image colour{1, 1, 3, {255, 0, 0}};
  change_saturation(colour, 0.5F);  // the grey of red is 76
  EXPECT_EQ(colour.pixels, (std::vector<std::uint8_t>{166, 38, 38}));
}

// The formula of HSV to RGB in double.
RC_GTEST_PROP(ColourChanges, move_the_hue_alone, ()) {
  const auto any_value = [] { return static_cast<std::uint8_t>(*rc::gen::inRange(0, 256)); };
  const std::vector<std::uint8_t> before{any_value(), any_value(), any_value()};
  const float turns = static_cast<float>(*rc::gen::inRange(-1'000, 1'001)) / 1'000;
  Image image{1, 1, 3, before};
  shift_hue(image, turns);
  const double red = before[0], green = before[1], blue = before[2];
  const double value = std::max({red, green, blue}), range = value - std::min({red, green, blue});
  double hue = 0;
  if (range > 0)
    hue = value == red ? (green - blue) / range : value == green ? 2 + (blue - red) / range : 4 + (red - green) / range;
  const double channels_at[] = {5, 3, 1};
  for (std::size_t c = 0; c < 3; ++c) {
    const double place = std::fmod(channels_at[c] + hue + 6 * static_cast<double>(turns) + 12, 6);
    const double expected = value - range * std::clamp(std::min(place, 4 - place), 0.0, 1.0);
    RC_ASSERT(std::abs(image.pixels[c] - expected) < 0.56);
  }
}

TEST(ColourChanges, turn_red_into_green_and_blue) {
  Image image{1, 1, 3, {200, 10, 10}};
  shift_hue(image, 1.0F / 3);
  EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{10, 200, 10}));
  shift_hue(image, 1.0F / 3);
  EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{10, 10, 200}));
}

TEST(ColourChanges, leave_images_without_colours_alone) {
  for (const int channels : {1, 2, 4}) {
    const Image image = random_image(5, 6, channels, 1);
    Image result = image;
    change_saturation(result, 0);
    shift_hue(result, 0.3F);
    EXPECT_TRUE(same(result, image));
  }
}

}  // namespace
}  // namespace reslab::augment
