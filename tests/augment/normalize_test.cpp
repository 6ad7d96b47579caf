#include "reslab/augment/normalize.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <bit>
#include <limits>

#include "augment/support.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

constexpr std::array mean{0.49139968, 0.48215841, 0.44653091};
constexpr std::array deviation{0.24703223, 0.24348513, 0.26158784};

template <typename Value>
std::vector<Value> normalized(const Image& image, const Normalizer& normalizer) {
  std::vector<Value> values(image.pixels.size());
  normalizer.write(image, std::span<Value>(values));
  return values;
}

// Rounds to the upper 16 bits by arithmetic on the bits, ties to even.
std::uint16_t nearest_even(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
}

RC_GTEST_PROP(Normalizer, equals_its_formula, ()) {
  const auto channels = *rc::gen::inRange<std::size_t>(1, 5);
  std::vector<double> means, deviations;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    means.push_back(*rc::gen::inRange(0, 1001) / 1000.0);
    deviations.push_back(*rc::gen::inRange(1, 1001) / 1000.0);
  }
  const Image image = random_image(*rc::gen::inRange(1, 9), *rc::gen::inRange(1, 9), static_cast<int>(channels), 1);
  const Normalizer normalizer(means, deviations);
  const auto values = normalized<float>(image, normalizer);
  const auto rounded = normalized<c10::BFloat16>(image, normalizer);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t channel = i % channels;
    const double exact = (image.pixels[i] / 255.0 - means[channel]) / deviations[channel];
    RC_ASSERT(values[i] == static_cast<float>(exact));
    RC_ASSERT(rounded[i].x == nearest_even(values[i]));
  }
}

TEST(Normalizer, gives_bf16_as_the_tensor_library_converts_it) {
  Image image{256, 1, 3, {}};
  for (int level = 0; level < 256; ++level)
    image.pixels.insert(image.pixels.end(), 3, static_cast<std::uint8_t>(level));
  const Normalizer normalizer(mean, deviation);
  const auto values = normalized<float>(image, normalizer);
  const auto rounded = normalized<c10::BFloat16>(image, normalizer);
  const at::Tensor converted = at::tensor(values).to(at::kBFloat16);
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(rounded[i].x, converted.const_data_ptr<c10::BFloat16>()[i].x) << i;
}

TEST(Normalizer, refuses_unfit_statistics) {
  const auto make = [](std::vector<double> means, std::vector<double> deviations) { Normalizer(means, deviations); };
  EXPECT_THROW(make({}, {}), core::UserError);
  EXPECT_THROW(make({0.5, 0.5}, {0.25}), core::UserError);
  EXPECT_THROW(make({125}, {0.25}), core::UserError);
  EXPECT_THROW(make({std::nan("")}, {0.25}), core::UserError);
  EXPECT_THROW(make({0.5}, {-0.25}), core::UserError);
  EXPECT_THROW(make({0.5}, {std::nan("")}), core::UserError);
  EXPECT_THROW(make({0.5}, {std::numeric_limits<double>::infinity()}), core::UserError);
}

TEST(Normalizer, counts_a_deviation_of_0_as_1) {
  const Normalizer normalizer(std::vector<double>{128 / 255.0, 0.5}, std::vector<double>{0, 0.25});
  EXPECT_EQ(normalizer.std(), (std::vector<double>{1, 0.25}));
  const Image image{1, 3, 2, {128, 128, 129, 255, 127, 0}};
  const auto values = normalized<float>(image, normalizer);
  EXPECT_EQ(values[0], 0);
  EXPECT_FLOAT_EQ(values[2], 1 / 255.0F);
  EXPECT_FLOAT_EQ(values[4], -1 / 255.0F);
  EXPECT_EQ(values[3], 2);
}

TEST(Normalizer, refuses_an_image_of_other_channels) {
  std::vector<float> values(4);
  EXPECT_THROW(Normalizer(mean, deviation).write(random_image(2, 2, 1, 1), std::span(values)), core::InternalError);
}

}  // namespace
}  // namespace reslab::augment
