#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "augment/support.h"
#include "reslab/augment/brightness.h"
#include "reslab/augment/contrast.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

// The factor that the policy draws first.
double factor_of(double strength, std::uint32_t sample) {
  auto random = random_of(sample);
  const double low = std::max(0.0, 1 - strength), high = 1 + strength;
  return low + (high - low) * random.uniform();
}

// Within a rounding of the exact value, which in fp32 may fall to either side of a half.
void expect_value(int found, double exact) {
  const double held = std::clamp(exact, 0.0, 255.0);
  RC_ASSERT(std::abs(found - held) <= 0.5 + 1e-3);
}

RC_GTEST_PROP(Brightness, multiplies_every_value, ()) {
  const auto height = *rc::gen::inRange(1, 9), width = *rc::gen::inRange(1, 9), channels = *rc::gen::inRange(1, 5);
  const Image image = random_image(height, width, channels, *rc::gen::arbitrary<std::uint64_t>());
  const double strength = *rc::gen::inRange(0, 101) / 100.0;
  const auto sample = *rc::gen::inRange<std::uint32_t>(0, 1000);
  Image changed = image;
  auto random = random_of(sample);
  Brightness({.strength = strength}).apply(changed, random);
  RC_ASSERT(changed.pixels.size() == image.pixels.size());
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    expect_value(changed.pixels[i], factor_of(strength, sample) * image.pixels[i]);
}

RC_GTEST_PROP(Contrast, moves_every_value_from_the_mean_grey, ()) {
  const auto height = *rc::gen::inRange(1, 9), width = *rc::gen::inRange(1, 9), channels = *rc::gen::inRange(1, 5);
  const Image image = random_image(height, width, channels, *rc::gen::arbitrary<std::uint64_t>());
  const double strength = *rc::gen::inRange(0, 101) / 100.0;
  const auto sample = *rc::gen::inRange<std::uint32_t>(0, 1000);
  double grey = 0;
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column) {
      const auto value = [&](int channel) { return static_cast<double>(pixel(image, row, column, channel)); };
      double sum = 0;
      for (int channel = 0; channel < channels; ++channel) sum += value(channel) / channels;
      grey += channels == 3 ? 0.2989 * value(0) + 0.587 * value(1) + 0.114 * value(2) : sum;
    }
  grey /= height * width;
  Image changed = image;
  auto random = random_of(sample);
  Contrast({.strength = strength}).apply(changed, random);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    expect_value(changed.pixels[i], grey + factor_of(strength, sample) * (image.pixels[i] - grey));
}

TEST(Intensity, of_strength_0_changes_nothing) {
  const Image image = random_image(8, 8, 3, 5);
  Image changed = image;
  auto random = random_of(0);
  Brightness({.strength = 0}).apply(changed, random);
  Contrast({.strength = 0}).apply(changed, random);
  EXPECT_EQ(changed.pixels, image.pixels);
}

TEST(Intensity, refuses_a_strength_out_of_range) {
  EXPECT_THROW(Brightness({.strength = 1.5}), core::UserError);
  EXPECT_THROW(Contrast({.strength = -0.1}), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
