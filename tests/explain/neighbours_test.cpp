#include "reslab/explain/neighbours.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace reslab::explain {
namespace {

std::vector<std::int64_t> samples(const std::vector<Neighbour>& neighbours) {
  std::vector<std::int64_t> result;
  for (const Neighbour& neighbour : neighbours) result.push_back(neighbour.sample);
  return result;
}

TEST(NearestNeighbours, AreOrderedByTheAngle) {
  const at::Tensor features = at::tensor({1.0F, 0.0F, 0.0F, 5.0F, 3.0F, 3.0F, -2.0F, 0.0F, 0.0F, 0.0F}).view({5, 2});
  const auto found = nearest_neighbours(features, at::tensor({10.0F, 1.0F}).view({1, 2}), 5);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(samples(found[0]), (std::vector<std::int64_t>{0, 2, 1, 4, 3}));
  EXPECT_NEAR(found[0][0].similarity, 10 / std::sqrt(101), 1e-6);
  EXPECT_NEAR(found[0][3].similarity, 0, 1e-6) << "zeros are like nothing";
  EXPECT_NEAR(found[0][4].similarity, -10 / std::sqrt(101), 1e-6);
}

TEST(NearestNeighbours, TiesKeepTheOrderAndKMayExceedTheRows) {
  const auto found = nearest_neighbours(at::ones({3, 4}), at::ones({2, 4}), 9);
  ASSERT_EQ(found.size(), 2U);
  for (const auto& neighbours : found) EXPECT_EQ(samples(neighbours), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_TRUE(nearest_neighbours(at::ones({3, 4}), at::ones({2, 4}), 0)[1].empty());
}

TEST(NearestNeighbours, WhatHasNoSimilarityIsTheLast) {
  at::Tensor features = at::ones({40, 2});
  for (std::int64_t row = 0; row < 40; row += 2) features[row].fill_(std::nanf(""));
  features[17][0] = 9;
  const auto found = nearest_neighbours(features, at::tensor({9.0F, 1.0F}).view({1, 2}), 40);
  EXPECT_EQ(found[0][0].sample, 17);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(found[0][i].sample % 2, 1) << i;
  EXPECT_EQ(found[0][20].sample, 0);
  EXPECT_EQ(found[0][39].sample, 38);
}

RC_GTEST_PROP(NearestNeighbours, ARowIsNearestToItselfWhateverItsLength, ()) {
  const auto rows = *rc::gen::inRange<std::int64_t>(1, 300);
  const at::Tensor features = at::randn({rows, 6});
  const auto found = nearest_neighbours(features, features * 7, 2);
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto& first = found[static_cast<std::size_t>(i)].front();
    RC_ASSERT(first.sample == i && std::abs(first.similarity - 1) < 1e-5 && first.similarity <= 1);
  }
}

}  // namespace
}  // namespace reslab::explain
