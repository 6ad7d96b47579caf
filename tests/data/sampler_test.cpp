#include "reslab/data/sampler.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "reslab/core/error.h"

namespace reslab::data {
namespace {

TEST(Sampler, cuts_50000_samples_as_the_original_does) {
  const Sampler sampler({.samples = 50'000, .batch_size = 512});
  EXPECT_EQ(sampler.batches(), 98);
  EXPECT_EQ(sampler.batch(0).begin, 0);
  EXPECT_EQ(sampler.batch(0).size(), 512);
  EXPECT_EQ(sampler.batch(97).size(), 336);
  EXPECT_EQ(sampler.batch(97).end, 50'000);
  EXPECT_EQ(Sampler({.samples = 50'000, .batch_size = 512, .drop_last = true}).batches(), 97);
}

// 33 samples in batches of 16: 16 and 17.
TEST(Sampler, JoinsALastBatchOfOne) {
  const Sampler joined({.samples = 33, .batch_size = 16, .join_last = true});
  ASSERT_EQ(joined.batches(), 2);
  EXPECT_EQ(joined.batch(0).size(), 16);
  EXPECT_EQ(joined.batch(1).begin, 16);
  EXPECT_EQ(joined.batch(1).end, 33);
  EXPECT_EQ(Sampler({.samples = 33, .batch_size = 16}).batches(), 3);
  // Nothing to join, nothing to join to, and nothing left to join.
  EXPECT_EQ(Sampler({.samples = 34, .batch_size = 16, .join_last = true}).batch(2).size(), 2);
  EXPECT_EQ(Sampler({.samples = 1, .batch_size = 16, .join_last = true}).batch(0).size(), 1);
  EXPECT_EQ(Sampler({.samples = 3, .batch_size = 1, .join_last = true}).batches(), 3);
  const Sampler dropped({.samples = 33, .batch_size = 16, .drop_last = true, .join_last = true});
  ASSERT_EQ(dropped.batches(), 2);
  EXPECT_EQ(dropped.batch(1).size(), 16);
  const Sampler limited({.samples = 33, .batch_size = 16, .join_last = true, .limit_batches = 1});
  ASSERT_EQ(limited.batches(), 1);
  EXPECT_EQ(limited.batch(0).size(), 16);
}

RC_GTEST_PROP(Sampler, covers_an_epoch_batch_by_batch, ()) {
  const auto samples = *rc::gen::inRange<std::int64_t>(1, 2000), batch_size = *rc::gen::inRange<std::int64_t>(1, 300);
  const bool drop_last = *rc::gen::arbitrary<bool>();
  RC_PRE(!drop_last || batch_size <= samples);
  const Sampler sampler({.samples = samples, .batch_size = batch_size, .drop_last = drop_last});
  std::int64_t next = 0;
  for (std::int64_t index = 0; index < sampler.batches(); ++index) {
    const BatchRange range = sampler.batch(index);
    RC_ASSERT(range.begin == next);
    RC_ASSERT(range.size() >= 1);
    RC_ASSERT(range.size() == batch_size || (!drop_last && index == sampler.batches() - 1));
    next = range.end;
  }
  if (drop_last)
    RC_ASSERT(samples - next < batch_size);
  else
    RC_ASSERT(next == samples);
  RC_ASSERT_THROWS_AS(sampler.batch(sampler.batches()), core::InternalError);
}

RC_GTEST_PROP(Sampler, orders_are_permutations_given_by_seed_and_epoch, ()) {
  const SamplerOptions options{.samples = *rc::gen::inRange<std::int64_t>(20, 500),
                               .seed = *rc::gen::arbitrary<std::uint64_t>()};
  const auto epoch = *rc::gen::inRange<std::int64_t>(0, 100);
  const auto order = Sampler(options).order(epoch);
  auto sorted = order;
  std::ranges::sort(sorted);
  std::vector<std::int64_t> all(static_cast<std::size_t>(options.samples));
  std::iota(all.begin(), all.end(), 0);
  RC_ASSERT(sorted == all);
  RC_ASSERT(order != all);
  RC_ASSERT(order == Sampler(options).order(epoch));
  RC_ASSERT(order != Sampler(options).order(epoch + 1));
  auto other = options;
  other.seed ^= 1;
  RC_ASSERT(order != Sampler(other).order(epoch));
}

TEST(Sampler, gives_every_permutation_equally_often) {
  constexpr int draws = 24'000;
  const Sampler sampler({.samples = 4, .seed = 1});
  std::map<std::vector<std::int64_t>, int> counts;
  for (int epoch = 0; epoch < draws; ++epoch) ++counts[sampler.order(epoch)];
  EXPECT_EQ(counts.size(), 24U);
  double statistic = 0;
  for (const auto& [order, count] : counts) statistic += std::pow(count - draws / 24.0, 2) / (draws / 24.0);
  EXPECT_LT(statistic, 23 + 5 * std::sqrt(2 * 23));
}

TEST(Sampler, keeps_the_order_when_unshuffled) {
  const Sampler sampler({.samples = 5, .shuffle = false, .seed = 1});
  EXPECT_EQ(sampler.order(0), (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(sampler.order(9), sampler.order(0));
}

TEST(Sampler, refuses_what_gives_no_batches) {
  EXPECT_THROW(Sampler({.samples = 0}), core::UserError);
  EXPECT_THROW(Sampler({.samples = std::int64_t{1} << 33}), core::UserError);
  EXPECT_THROW(Sampler({.samples = 10, .batch_size = 0}), core::UserError);
  EXPECT_THROW(Sampler({.samples = 10, .batch_size = 11, .drop_last = true}), core::UserError);
  EXPECT_EQ(Sampler({.samples = 10, .batch_size = 11}).batches(), 1);
}

}  // namespace
}  // namespace reslab::data
