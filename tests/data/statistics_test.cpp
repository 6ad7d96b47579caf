#include "reslab/data/statistics.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "data/unlike_sizes.h"
#include "reslab/core/random.h"
#include "reslab/data/tensor_source.h"

namespace reslab::data {
namespace {

Split random_split(std::int64_t samples, std::int64_t side, std::int64_t channels, std::uint64_t seed) {
  const at::Tensor images = at::empty({samples, side, side, channels}, at::kByte);
  const at::Tensor labels = at::empty({samples}, at::kLong);
  core::Random random({.seed = seed});
  const std::uint32_t levels = 1 + random.below(256);  // 1: all pixels alike, the deviation is 0
  auto* pixels = images.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < images.numel(); ++i) pixels[i] = static_cast<std::uint8_t>(random.below(levels));
  auto* label = labels.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < samples; ++i) label[i] = random.below(3);
  return in_memory("random", images, labels, {"a", "b", "c"});
}

TEST(Statistics, EqualThePlainDoubleLoop) {
  EXPECT_TRUE(rc::check("mean, population deviation and class counts", [] {
    const auto channels = *rc::gen::inRange<std::int64_t>(1, 5);
    const Split split = random_split(*rc::gen::inRange<std::int64_t>(1, 20), *rc::gen::inRange<std::int64_t>(1, 9),
                                     channels, *rc::gen::arbitrary<std::uint64_t>());
    const Statistics found = statistics(split);
    RC_ASSERT(found.mean.size() == static_cast<std::size_t>(channels));
    const at::Tensor pixels = split.tensor().reshape({-1, channels}).contiguous();
    const auto values = pixels.accessor<std::uint8_t, 2>();
    for (std::int64_t c = 0; c < channels; ++c) {
      double sum = 0, squares = 0;
      for (std::int64_t i = 0; i < pixels.size(0); ++i) sum += values[i][c] / 255.0;
      const double mean = sum / static_cast<double>(pixels.size(0));
      for (std::int64_t i = 0; i < pixels.size(0); ++i) squares += std::pow(values[i][c] / 255.0 - mean, 2);
      const auto index = static_cast<std::size_t>(c);
      RC_ASSERT(std::abs(found.mean[index] - mean) < 1e-12);
      RC_ASSERT(std::abs(found.std[index] - std::sqrt(squares / static_cast<double>(pixels.size(0)))) < 1e-12);
    }
    for (std::size_t label = 0; label < 3; ++label)
      RC_ASSERT(found.class_counts[label] ==
                (split.labels() == static_cast<std::int64_t>(label)).sum().item<std::int64_t>());
  }));
}

TEST(Statistics, DoNotDependOnTheOrderOfTheSamples) {
  const Split split = random_split(700, 32, 3, 3);  // large enough for several threads
  const Statistics forward = statistics(split);
  const Statistics backward = statistics(select(split, at::arange(699, -1, -1, at::kLong)));
  EXPECT_EQ(forward.mean, backward.mean);
  EXPECT_EQ(forward.std, backward.std);
  EXPECT_EQ(forward.class_counts, backward.class_counts);
}

TEST(ConstantChannels, AreThoseOfOneValueEverywhere) {
  const auto found = [](const Split& split) {
    std::vector<std::pair<std::int64_t, int>> pairs;
    for (const ConstantChannel& one : constant_channels(split)) pairs.emplace_back(one.channel, one.value);
    return pairs;
  };
  using Pairs = std::vector<std::pair<std::int64_t, int>>;
  const Split split = random_split(20, 8, 3, 11);
  const at::Tensor images = split.tensor();
  images.select(3, 0).select(0, 0).fill_(7);
  images.select(3, 0).select(0, 1).fill_(8);
  images.select(3, 1).fill_(0);
  images.select(3, 2).fill_(255);
  EXPECT_EQ(found(split), (Pairs{{1, 0}, {2, 255}}));
  images[19][7][7][2] = 254;
  EXPECT_EQ(found(split), (Pairs{{1, 0}})) << "one pixel, the last, is another";
  const Statistics of_it = statistics(split);
  EXPECT_EQ(of_it.std[1], 0);
  EXPECT_GT(of_it.std[2], 0);
}

TEST(Statistics, CountAllPixelsOfImagesOfUnlikeSizes) {
  const Split split = test::unlike_sizes();
  const Statistics found = statistics(split);
  std::int64_t sum = 0, pixels = 0;
  for (std::int64_t place = 0; place < split.size(); ++place)
    for (const std::uint8_t pixel : image_at(split, place).pixels) {
      sum += pixel;
      ++pixels;
    }
  EXPECT_NEAR(found.mean.at(0), static_cast<double>(sum) / static_cast<double>(pixels) / 255, 1e-12);
  EXPECT_EQ(found.class_counts, (std::vector<std::int64_t>{2, 1}));
  EXPECT_TRUE(constant_channels(split).empty());
}

}  // namespace
}  // namespace reslab::data
