#include "reslab/data/statistics.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "reslab/core/random.h"

namespace reslab::data {
namespace {

Dataset random_dataset(std::int64_t samples, std::int64_t side, std::int64_t channels, std::uint64_t seed) {
  Dataset dataset{.name = "random",
                  .images = at::empty({samples, side, side, channels}, at::kByte),
                  .labels = at::empty({samples}, at::kLong),
                  .classes = {"a", "b", "c"}};
  core::Random random({.seed = seed});
  const std::uint32_t levels = 1 + random.below(256);  // 1: all pixels alike, the deviation is 0
  auto* pixels = dataset.images.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < dataset.images.numel(); ++i) pixels[i] = static_cast<std::uint8_t>(random.below(levels));
  auto* labels = dataset.labels.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < samples; ++i) labels[i] = random.below(3);
  return dataset;
}

TEST(Statistics, EqualThePlainDoubleLoop) {
  EXPECT_TRUE(rc::check("mean, population deviation and class counts", [] {
    const auto channels = *rc::gen::inRange<std::int64_t>(1, 5);
    const Dataset dataset =
        random_dataset(*rc::gen::inRange<std::int64_t>(1, 20), *rc::gen::inRange<std::int64_t>(1, 9), channels,
                       *rc::gen::arbitrary<std::uint64_t>());
    const Statistics found = statistics(dataset);
    RC_ASSERT(found.mean.size() == static_cast<std::size_t>(channels));
    const at::Tensor pixels = dataset.images.reshape({-1, channels}).contiguous();
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
                (dataset.labels == static_cast<std::int64_t>(label)).sum().item<std::int64_t>());
  }));
}

TEST(Statistics, DoNotDependOnTheOrderOfTheSamples) {
  const Dataset dataset = random_dataset(700, 32, 3, 3);  // large enough for several threads
  const Statistics forward = statistics(dataset);
  const Statistics backward = statistics(select(dataset, at::arange(699, -1, -1, at::kLong)));
  EXPECT_EQ(forward.mean, backward.mean);
  EXPECT_EQ(forward.std, backward.std);
  EXPECT_EQ(forward.class_counts, backward.class_counts);
}

TEST(ConstantChannels, AreThoseOfOneValueEverywhere) {
  const auto found = [](const Dataset& dataset) {
    std::vector<std::pair<std::int64_t, int>> pairs;
    for (const ConstantChannel& one : constant_channels(dataset)) pairs.emplace_back(one.channel, one.value);
    return pairs;
  };
  using Pairs = std::vector<std::pair<std::int64_t, int>>;
  Dataset dataset = random_dataset(20, 8, 3, 11);
  dataset.images.select(3, 0).select(0, 0).fill_(7);
  dataset.images.select(3, 0).select(0, 1).fill_(8);
  dataset.images.select(3, 1).fill_(0);
  dataset.images.select(3, 2).fill_(255);
  EXPECT_EQ(found(dataset), (Pairs{{1, 0}, {2, 255}}));
  dataset.images[19][7][7][2] = 254;
  EXPECT_EQ(found(dataset), (Pairs{{1, 0}})) << "one pixel, the last, is another";
  const Statistics of_it = statistics(dataset);
  EXPECT_EQ(of_it.std[1], 0);
  EXPECT_GT(of_it.std[2], 0);
}

TEST(Select, CopiesTheSamplesInTheOrderAsked) {
  const Dataset dataset = random_dataset(9, 4, 3, 8);
  const Dataset chosen = select(dataset, at::tensor(std::vector<std::int64_t>{7, 0, 7}, at::kLong));
  ASSERT_EQ(chosen.size(), 3);
  EXPECT_TRUE(at::equal(chosen.images[0], dataset.images[7]));
  EXPECT_TRUE(at::equal(chosen.images[1], dataset.images[0]));
  EXPECT_EQ(chosen.labels[2].item<std::int64_t>(), dataset.labels[7].item<std::int64_t>());
  EXPECT_EQ(chosen.classes, dataset.classes);
}

}  // namespace
}  // namespace reslab::data
