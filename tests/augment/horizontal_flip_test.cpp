#include "reslab/augment/horizontal_flip.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "augment/support.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

RC_GTEST_PROP(HorizontalFlip, mirrors_every_row, ()) {
  const auto height = *rc::gen::inRange(1, 20), width = *rc::gen::inRange(1, 20), channels = *rc::gen::inRange(1, 5);
  const Image image = random_image(height, width, channels, *rc::gen::arbitrary<std::uint64_t>());
  Image flipped = image;
  auto random = random_of(0);
  HorizontalFlip({.probability = 1}).apply(flipped, random);
  RC_ASSERT(flipped.height == height);
  RC_ASSERT(flipped.width == width);
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column)
      for (int channel = 0; channel < channels; ++channel)
        RC_ASSERT(pixel(flipped, row, column, channel) == pixel(image, row, width - 1 - column, channel));
}

int flips(double probability, int draws) {
  const Image image{1, 2, 1, {1, 2}};
  const HorizontalFlip flip({.probability = probability});
  int count = 0;
  for (std::uint32_t sample = 0; sample < static_cast<std::uint32_t>(draws); ++sample) {
    Image result = image;
    auto random = random_of(sample);
    flip.apply(result, random);
    count += result.pixels[0] == 2 ? 1 : 0;
  }
  return count;
}

TEST(HorizontalFlip, happens_with_its_probability) {
  constexpr int draws = 20'000;
  for (const double probability : {0.5, 0.1, 0.9}) {
    const double deviation = std::sqrt(probability * (1 - probability) * draws);
    EXPECT_NEAR(flips(probability, draws), probability * draws, 4 * deviation) << probability;
  }
  EXPECT_EQ(flips(0, draws), 0);
  EXPECT_EQ(flips(1, draws), draws);
}

TEST(HorizontalFlip, refuses_a_probability_out_of_range) {
  EXPECT_THROW(HorizontalFlip({.probability = 2}), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
