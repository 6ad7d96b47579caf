#include "reslab/data/balanced_order.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "data/support.h"
#include "reslab/data/loader.h"

namespace reslab::data {
namespace {

// The labels 0, 2 and 3, of 7, 2 and 1 samples; no sample of class 1.
const std::vector<std::int64_t> uneven{0, 0, 2, 0, 0, 3, 0, 2, 0, 0};

std::vector<std::int64_t> drawn_by_label(const EpochOrder& order, const std::vector<std::int64_t>& labels) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(std::ranges::max(labels)) + 1);
  for (const std::int64_t place : order.places)
    ++counts[static_cast<std::size_t>(labels[static_cast<std::size_t>(place)])];
  return counts;
}

// 10 samples of 3 classes: 3 each, and one more for each class in turn.
TEST(BalancedOrder, DrawsClassesEquallyOften) {
  const BalancedOrder balanced(uneven, /*seed=*/1);
  using Counts = std::vector<std::int64_t>;
  EXPECT_EQ(drawn_by_label(balanced.order(0), uneven), (Counts{4, 0, 3, 3}));
  EXPECT_EQ(drawn_by_label(balanced.order(1), uneven), (Counts{3, 0, 4, 3}));
  EXPECT_EQ(drawn_by_label(balanced.order(2), uneven), (Counts{3, 0, 3, 4}));
  EXPECT_EQ(drawn_by_label(balanced.order(3), uneven), (Counts{4, 0, 3, 3}));
}

RC_GTEST_PROP(BalancedOrder, UsesTheSamplesOfAClassEquallyOften, ()) {
  const auto labels =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 6)));
  const auto epochs = *rc::gen::inRange<std::int64_t>(1, 12);
  const BalancedOrder balanced(labels, *rc::gen::arbitrary<std::uint64_t>());
  std::vector<std::uint32_t> used(labels.size());
  std::map<std::int64_t, std::int64_t> of_class;
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    const EpochOrder order = balanced.order(epoch);
    RC_ASSERT(order.places.size() == labels.size());
    // Within an epoch the order is shuffled: what is earlier among a sample's uses is told by their number.
    std::map<std::size_t, std::vector<std::uint32_t>> uses;
    for (std::size_t i = 0; i < order.places.size(); ++i) {
      uses[static_cast<std::size_t>(order.places[i])].push_back(order.uses[i]);
      ++of_class[labels[static_cast<std::size_t>(order.places[i])]];
    }
    for (auto& [place, numbers] : uses) {
      std::ranges::sort(numbers);
      for (const std::uint32_t number : numbers) RC_ASSERT(number == used[place]++);
    }
  }
  for (std::size_t a = 0; a < labels.size(); ++a)
    for (std::size_t b = 0; b < labels.size(); ++b)
      if (labels[a] == labels[b]) RC_ASSERT(used[a] <= used[b] + 1);
  for (const auto& [label, count] : of_class)
    for (const auto& [other, its] : of_class) RC_ASSERT(count <= its + 1);
}

TEST(BalancedOrder, IsGivenBySeedAndEpoch) {
  const std::vector<std::int64_t> labels = [] {
    std::vector<std::int64_t> some;
    for (std::int64_t i = 0; i < 60; ++i) some.push_back(i % 7 == 0 ? 1 : 0);
    return some;
  }();
  const BalancedOrder first(labels, 1), again(labels, 1), other(labels, 2);
  first.order(0);
  EXPECT_EQ(first.order(5).places, again.order(5).places);
  EXPECT_EQ(first.order(5).uses, again.order(5).uses);
  EXPECT_NE(first.order(5).places, first.order(6).places);
  EXPECT_NE(first.order(5).places, other.order(5).places);
  const std::vector<std::int64_t> places = first.order(0).places;
  EXPECT_FALSE(std::ranges::is_sorted(places, {}, [&](std::int64_t place) {
    return labels[static_cast<std::size_t>(place)];
  })) << "the classes are mixed";
}

// 40 samples of which 4 are of class 9.
BatchSource uneven_source() {
  BatchSource from = test::source(40);
  std::vector<std::int64_t> places;
  for (std::int64_t place = 0; place < 40; ++place)
    if (place % 10 == 9 || place % 10 < 3) places.push_back(place);
  from.samples = select(from.samples, places);
  places.clear();
  for (std::int64_t i = 0; i < from.samples.size(); ++i)
    if (from.samples.label(i) != 9 || i < 4) places.push_back(i);
  from.samples = select(from.samples, places);
  return from;
}

TEST(BalancedBatches, AreTheSameForAnyThreadsAndFromAnyBatchOn) {
  const BatchSource from = uneven_source();
  const BatchOptions options{.batch_size = 4, .balanced = true, .seed = 3};
  std::vector<Batch> expected;
  const BatchMaker maker(from, options);
  for (std::int64_t epoch = 0; epoch < 2; ++epoch)
    for (std::int64_t index = 0; index < maker.batches(); ++index)
      expected.push_back(maker.make(maker.order(epoch), epoch, index));
  for (const int threads : {1, 3}) {
    Loader loader(from, {.batch = options, .first_epoch = 1, .first_batch = 1, .epochs = 2, .threads = threads});
    for (std::int64_t index = 1; index < maker.batches(); ++index) {
      const auto batch = loader.next();
      ASSERT_TRUE(batch);
      EXPECT_TRUE(test::same(*batch, expected[static_cast<std::size_t>(maker.batches() + index)])) << index;
    }
  }
}

// The only sample of its class comes 5 times in an epoch of 13 or so, each time augmented anew.
TEST(BalancedBatches, AugmentASampleAnewEachTime) {
  const BatchSource from = uneven_source();
  const BatchMaker maker(from, {.batch_size = from.size(), .balanced = true, .seed = 3});
  const Batch batch = maker.make(maker.order(0), 0, 0);
  std::vector<at::Tensor> rare;
  for (std::int64_t i = 0; i < batch.size(); ++i)
    if (batch.labels[i].item<std::int64_t>() == 9) rare.push_back(batch.images[i]);
  ASSERT_GE(rare.size(), 3U);
  for (std::size_t i = 1; i < rare.size(); ++i) EXPECT_FALSE(at::equal(rare[0], rare[i])) << i;
}

}  // namespace
}  // namespace reslab::data
