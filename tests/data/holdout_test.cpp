#include "reslab/data/holdout.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "reslab/core/error.h"

namespace reslab::data {
namespace {

std::vector<std::int64_t> values(const at::Tensor& tensor) {
  const auto* begin = tensor.const_data_ptr<std::int64_t>();
  return {begin, begin + tensor.numel()};
}

RC_GTEST_PROP(Holdout, parts_are_sorted_and_disjoint_and_together_everything, ()) {
  const auto samples = *rc::gen::inRange<std::int64_t>(1, 1000);
  const auto holdout = *rc::gen::inRange<std::int64_t>(0, samples);
  const HoldoutOptions options{.samples = samples, .holdout = holdout, .seed = *rc::gen::arbitrary<std::uint64_t>()};
  const Holdout split = draw_holdout(options);
  RC_ASSERT(split.holdout.numel() == holdout);
  RC_ASSERT(split.train.numel() == samples - holdout);
  const auto train = values(split.train), held = values(split.holdout);
  RC_ASSERT(std::ranges::is_sorted(train));
  RC_ASSERT(std::ranges::is_sorted(held));
  std::vector<std::int64_t> all;
  std::ranges::merge(train, held, std::back_inserter(all));
  for (std::int64_t i = 0; i < samples; ++i) RC_ASSERT(all[static_cast<std::size_t>(i)] == i);

  RC_ASSERT(values(draw_holdout(options).holdout) == held);
}

// 40 samples: class 1 has two, class 5 one, class 0 the others.
TEST(Holdout, LeavesEachClassATrainingSample) {
  std::vector<std::int64_t> labels(40);
  labels[7] = labels[30] = 1;
  labels[21] = 5;
  int mended = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const HoldoutOptions plain{.samples = 40, .holdout = 20, .seed = seed};
    HoldoutOptions kind = plain;
    kind.labels = labels;
    const std::vector<std::int64_t> before = values(draw_holdout(plain).train);
    const Holdout split = draw_holdout(kind);
    const std::vector<std::int64_t> train = values(split.train);
    ASSERT_EQ(split.holdout.numel(), 20);
    const auto has = [](const std::vector<std::int64_t>& places, std::int64_t place) {
      return std::ranges::find(places, place) != places.end();
    };
    EXPECT_TRUE(has(train, 21)) << seed;
    EXPECT_TRUE(has(train, 7) || has(train, 30)) << seed;
    const bool lacks = !has(before, 21) || (!has(before, 7) && !has(before, 30));
    EXPECT_EQ(train != before, lacks) << "nothing else moves, seed " << seed;
    mended += lacks;
  }
  EXPECT_GT(mended, 10);
  EXPECT_LT(mended, 50);
}

TEST(Holdout, HoldsOutClassesWhereTooFewSamplesAreLeft) {
  const std::vector<std::int64_t> labels{0, 1, 2, 3};
  const Holdout plain = draw_holdout({.samples = 4, .holdout = 3, .seed = 1});
  const Holdout split = draw_holdout({.samples = 4, .holdout = 3, .seed = 1, .labels = labels});
  EXPECT_EQ(values(split.train), values(plain.train));
  EXPECT_EQ(values(split.holdout), values(plain.holdout));
}

TEST(Holdout, depends_on_the_seed) {
  const auto held = [](std::uint64_t seed) {
    return values(draw_holdout({.samples = 1000, .holdout = 100, .seed = seed}).holdout);
  };
  EXPECT_NE(held(1), held(2));
}

TEST(Holdout, holds_every_sample_out_equally_often) {
  constexpr int draws = 20'000, samples = 10, holdout = 3;
  std::array<int, samples> counts{};
  for (int seed = 0; seed < draws; ++seed)
    for (const auto index : values(
             draw_holdout({.samples = samples, .holdout = holdout, .seed = static_cast<std::uint64_t>(seed)}).holdout))
      ++counts[static_cast<std::size_t>(index)];
  constexpr double share = 1.0 * holdout / samples;
  for (const int count : counts) EXPECT_NEAR(count, share * draws, 4 * std::sqrt(draws * share * (1 - share)));
}

TEST(Holdout, refuses_to_leave_nothing_to_train_on) {
  EXPECT_THROW(draw_holdout({.samples = 10, .holdout = 10}), core::UserError);
  EXPECT_THROW(draw_holdout({.samples = 10, .holdout = -1}), core::UserError);
  EXPECT_THROW(draw_holdout({.samples = 0, .holdout = 0}), core::UserError);
  EXPECT_EQ(draw_holdout({.samples = 10, .holdout = 0}).train.numel(), 10);
}

}  // namespace
}  // namespace reslab::data
