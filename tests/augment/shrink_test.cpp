#include "reslab/augment/shrink.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "augment/support.h"

namespace reslab::augment {
namespace {

using namespace test;

TEST(Shrink, halves_by_the_mean_of_four) {
  Image image{2, 4, 1, {0, 10, 20, 30, 40, 50, 60, 71}};
  shrink(image, {1, 2});
  EXPECT_EQ(image.height, 1);
  EXPECT_EQ(image.width, 2);
  EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{25, 45}));
}

// The definition, pixel by pixel in double precision, on a grid so fine that both sizes divide it.
RC_GTEST_PROP(Shrink, averages_areas, ()) {
  const auto height = *rc::gen::inRange(1, 10), width = *rc::gen::inRange(1, 10), channels = *rc::gen::inRange(1, 4);
  const Size size{*rc::gen::inRange(1, height + 1), *rc::gen::inRange(1, width + 1)};
  const Image image = random_image(height, width, channels, *rc::gen::arbitrary<std::uint64_t>());
  Image small = image;
  shrink(small, size);
  RC_ASSERT(small.height == size.height && small.width == size.width && small.channels == channels);
  for (int row = 0; row < size.height; ++row)
    for (int column = 0; column < size.width; ++column)
      for (int channel = 0; channel < channels; ++channel) {
        double sum = 0;
        for (int y = row * height; y < (row + 1) * height; ++y)
          for (int x = column * width; x < (column + 1) * width; ++x)
            sum += pixel(image, y / size.height, x / size.width, channel);
        const double mean = sum / (height * width);
        RC_ASSERT(std::abs(pixel(small, row, column, channel) - mean) <= 0.5 + 1e-3);
      }
}

}  // namespace
}  // namespace reslab::augment
