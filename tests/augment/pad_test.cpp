#include "reslab/augment/pad.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "augment/support.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

// The definition by bouncing off the ends one at a time, where the policy uses a period.
int bounce(int index, int length) {
  if (length == 1) return 0;
  while (index < 0 || index >= length) index = index < 0 ? -index : 2 * (length - 1) - index;
  return index;
}

Image padded(Image image, const PadOptions& options) {
  auto random = random_of(0);
  Pad(options).apply(image, random);
  return image;
}

RC_GTEST_PROP(Pad, equals_its_definition, ()) {
  // Small images and large pads, so that the border is often wider than the image.
  const auto height = *rc::gen::inRange(1, 9), width = *rc::gen::inRange(1, 9), channels = *rc::gen::inRange(1, 5);
  const auto to_height = *rc::gen::inRange(1, 40), to_width = *rc::gen::inRange(1, 40);
  const Image image = random_image(height, width, channels, *rc::gen::arbitrary<std::uint64_t>());
  const Image result = padded(image, {.height = to_height, .width = to_width});

  RC_ASSERT(result.height == std::max(height, to_height));
  RC_ASSERT(result.width == std::max(width, to_width));
  RC_ASSERT(result.pixels.size() == result.offset(result.height, 0));
  const int top = (result.height - height) / 2, left = (result.width - width) / 2;
  for (int row = 0; row < result.height; ++row)
    for (int column = 0; column < result.width; ++column)
      for (int channel = 0; channel < channels; ++channel)
        RC_ASSERT(pixel(result, row, column, channel) ==
                  pixel(image, bounce(row - top, height), bounce(column - left, width), channel));
}

TEST(Pad, does_not_repeat_the_edge) {
  const Image row{1, 4, 1, {'a', 'b', 'c', 'd'}};
  const Image result = padded(row, {.height = 1, .width = 10});
  EXPECT_EQ(std::string(result.pixels.begin(), result.pixels.end()), "dcbabcdcba");
}

TEST(Pad, puts_an_odd_row_at_the_bottom_and_an_odd_column_at_the_right) {
  const Image image{2, 2, 1, {1, 2, 3, 4}};
  EXPECT_EQ(padded(image, {.height = 3, .width = 3}).pixels, (std::vector<std::uint8_t>{1, 2, 1, 3, 4, 3, 1, 2, 1}));
}

TEST(Pad, leaves_larger_images_alone) {
  const Image image = random_image(40, 37, 3, 1);
  EXPECT_TRUE(same(padded(image, {}), image));
}

TEST(Pad, never_pads_with_probability_0) {
  const Image image = random_image(4, 4, 3, 1);
  for (std::uint32_t sample = 0; sample < 100; ++sample) {
    Image result = image;
    auto random = random_of(sample);
    Pad({.probability = 0}).apply(result, random);
    EXPECT_TRUE(same(result, image));
  }
}

TEST(Pad, says_what_size_comes_out) {
  EXPECT_EQ(Pad({.height = 36, .width = 40}).output_size(Size{32, 32}), (Size{36, 40}));
  EXPECT_EQ(Pad({.height = 36, .width = 40}).output_size(Size{50, 32}), (Size{50, 40}));
  EXPECT_EQ(Pad({.probability = 0}).output_size(Size{32, 32}), (Size{32, 32}));
  EXPECT_EQ(Pad({.probability = 0.5}).output_size(Size{36, 36}), (Size{36, 36}));
  EXPECT_THROW(Pad({.probability = 0.5}).output_size(Size{32, 32}), core::UserError);
  EXPECT_EQ(Pad().output_size(std::nullopt), std::nullopt);  // larger images stay as they are
}

TEST(Pad, refuses_options_out_of_range) {
  EXPECT_THROW(Pad({.height = 0}), core::UserError);
  EXPECT_THROW(Pad({.width = std::int64_t{1} << 40}), core::UserError);
  EXPECT_THROW(Pad({.probability = -0.1}), core::UserError);
  EXPECT_THROW(Pad({.probability = std::nan("")}), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
