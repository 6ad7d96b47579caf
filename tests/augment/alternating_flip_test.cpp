#include "reslab/augment/alternating_flip.h"

#include <gtest/gtest.h>

namespace reslab::augment {
namespace {

bool flipped(std::uint32_t epoch, std::uint32_t sample) {
  Image image{1, 2, 1, {1, 2}};
  core::Random random({.seed = 5, .stream = core::Stream::augment, .epoch = epoch, .sample = sample});
  AlternatingFlip().apply(image, random);
  return image.pixels[0] == 2;
}

TEST(AlternatingFlip, ShowsBothSidesInAnyTwoEpochs) {
  for (std::uint32_t sample = 0; sample < 200; ++sample)
    for (std::uint32_t epoch = 0; epoch < 5; ++epoch) EXPECT_NE(flipped(epoch, sample), flipped(epoch + 1, sample));
}

TEST(AlternatingFlip, BeginsWithHalfOfTheImages) {
  int count = 0;
  for (std::uint32_t sample = 0; sample < 2000; ++sample) count += flipped(0, sample) ? 1 : 0;
  EXPECT_NEAR(count, 1000, 100);  // 4.5 deviations
}

}  // namespace
}  // namespace reslab::augment
