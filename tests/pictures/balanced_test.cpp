#include "reslab/pictures/balanced.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "pictures/support.h"
#include "reslab/core/hash.h"

namespace reslab::pictures {
namespace {

ContentHash content(int i) {
  const std::string text = std::to_string(i);
  return content_hash(core::sha256(std::as_bytes(std::span(text))));
}

// Pictures of random labels and groups, some of equal content.
struct Sample {
  std::vector<ContentHash> hashes;
  std::vector<std::int32_t> groups, labels;
  std::vector<std::string> names;

  Units units() const { return unite(hashes, groups, names); }
};

Sample any_sample(bool grouped) {
  const auto count = *rc::gen::inRange(1, 300);
  const auto classes = *rc::gen::inRange(1, 6), groups = *rc::gen::inRange(1, 40), contents = *rc::gen::inRange(1, 300);
  Sample sample;
  for (int i = 0; i < count; ++i) {
    sample.labels.push_back(*rc::gen::inRange(0, classes));
    sample.groups.push_back(grouped ? *rc::gen::inRange(-1, groups) : -1);
    sample.hashes.push_back(content(grouped ? *rc::gen::inRange(0, contents) : i));
  }
  for (int i = 0; i < groups; ++i) sample.names.push_back("g" + std::to_string(i));
  return sample;
}

// Whether pictures that share a group or a content share their value.
template <typename Values>
bool keeps_together(const Sample& sample, const Values& of_picture) {
  std::map<std::int32_t, std::set<int>> by_group;
  std::map<ContentHash, std::set<int>> by_content;
  for (std::size_t i = 0; i < sample.labels.size(); ++i) {
    if (sample.groups[i] >= 0) by_group[sample.groups[i]].insert(static_cast<int>(of_picture(i)));
    by_content[sample.hashes[i]].insert(static_cast<int>(of_picture(i)));
  }
  const auto single = [](const auto& entry) { return entry.second.size() == 1; };
  return std::ranges::all_of(by_group, single) && std::ranges::all_of(by_content, single);
}

TEST(Units, UniteGroupsThroughEqualPicturesAndNameThem) {
  // Groups b and c share content 1; d stands alone; the last two have no group, and one equals a picture of d.
  const std::vector<ContentHash> hashes{content(0), content(1), content(1), content(2),
                                        content(3), content(4), content(3)};
  const std::vector<std::int32_t> groups{1, 1, 2, 2, 3, -1, -1};
  const std::vector<std::string> names{"a", "b", "c", "d"};
  const Units units = unite(hashes, groups, names);
  EXPECT_EQ(units.of, (std::vector<std::uint32_t>{0, 0, 0, 0, 1, 2, 1}));
  EXPECT_EQ(units.keys, (std::vector<std::string>{group_key("b"), group_key("d"), content_key(content(4))}));
  EXPECT_EQ(units.merged, (std::vector<std::vector<std::string>>{{"b", "c"}}));
}

RC_GTEST_PROP(Units, keep_groups_and_equal_pictures_together_in_any_order, ()) {
  const Sample sample = any_sample(true);
  const Units units = sample.units();
  RC_ASSERT(keeps_together(sample, [&](std::size_t i) { return units.of[i]; }));
  Sample turned = sample;
  for (auto* list : {&turned.groups, &turned.labels}) std::ranges::reverse(*list);
  std::ranges::reverse(turned.hashes);
  const Units again = turned.units();
  for (std::size_t i = 0; i < units.of.size(); ++i)
    RC_ASSERT(units.keys[units.of[i]] == again.keys[again.of[units.of.size() - 1 - i]]);
  RC_ASSERT(units.merged == again.merged);
}

TEST(Balanced, CountsAreSharesRoundedByTheLargestRemainder) {
  using Counts = std::array<std::int64_t, split_count>;
  EXPECT_EQ(exact_counts(100, {}), (Counts{80, 10, 10}));
  EXPECT_EQ(exact_counts(0, {}), (Counts{0, 0, 0}));
  EXPECT_EQ(exact_counts(1, {}), (Counts{1, 0, 0}));
  EXPECT_EQ(exact_counts(2, {}), (Counts{2, 0, 0}));
  EXPECT_EQ(exact_counts(3, {}), (Counts{1, 1, 1})) << "one for each split, where there are enough";
  EXPECT_EQ(exact_counts(16, {}), (Counts{13, 2, 1})) << "12.8, 1.6, 1.6";
  EXPECT_EQ(exact_counts(10, {.train = 70, .validation = 0, .test = 30}), (Counts{7, 0, 3}));
}

RC_GTEST_PROP(Balanced, splits_hold_the_share_of_every_class, (std::uint64_t seed)) {
  const Sample sample = any_sample(false);
  const Units units = sample.units();
  const Shares shares{.train = *rc::gen::inRange(1, 9) * 1.0,
                      .validation = *rc::gen::inRange(0, 5) * 1.0,
                      .test = *rc::gen::inRange(0, 5) * 1.0};
  const std::vector<Split> splits = split_exactly({.units = units, .labels = sample.labels}, seed, shares);
  for (std::int32_t label = 0; label < 6; ++label) {
    std::array<std::int64_t, split_count> counts{};
    for (std::size_t i = 0; i < sample.labels.size(); ++i)
      if (sample.labels[i] == label) ++counts.at(static_cast<std::size_t>(splits[units.of[i]]));
    const std::int64_t all = counts[0] + counts[1] + counts[2];
    RC_ASSERT(counts == exact_counts(all, shares));
    // Beside the guarantee of one picture, which costs classes of a few, counts are within one of their share.
    for (const Split split : all_splits)
      if (shares.part(split) * static_cast<double>(all) >= 1 && all >= 30)
        RC_ASSERT(std::abs(static_cast<double>(counts.at(static_cast<std::size_t>(split))) -
                           shares.part(split) * static_cast<double>(all)) < 2);
  }
}

RC_GTEST_PROP(Balanced, splits_and_folds_do_not_depend_on_the_order_of_pictures, (std::uint64_t seed)) {
  const Sample sample = any_sample(true);
  Sample turned = sample;
  for (auto* list : {&turned.groups, &turned.labels}) std::ranges::reverse(*list);
  std::ranges::reverse(turned.hashes);
  const Units units = sample.units(), other = turned.units();
  const auto splits = split_exactly({.units = units, .labels = sample.labels}, seed, {});
  const auto other_splits = split_exactly({.units = other, .labels = turned.labels}, seed, {});
  const auto folds = assign_folds({.units = units, .labels = sample.labels}, seed, 3);
  const auto other_folds = assign_folds({.units = other, .labels = turned.labels}, seed, 3);
  const std::size_t count = sample.labels.size();
  for (std::size_t i = 0; i < count; ++i) {
    RC_ASSERT(splits[units.of[i]] == other_splits[other.of[count - 1 - i]]);
    RC_ASSERT(folds[units.of[i]] == other_folds[other.of[count - 1 - i]]);
  }
}

RC_GTEST_PROP(Balanced, folds_hold_every_class_alike, (std::uint64_t seed)) {
  const Sample sample = any_sample(false);
  const Units units = sample.units();
  const auto count = *rc::gen::inRange(2, 8);
  const std::vector<int> folds = assign_folds({.units = units, .labels = sample.labels}, seed, count);
  for (std::int32_t label = 0; label < 6; ++label) {
    std::vector<int> counts(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < sample.labels.size(); ++i)
      if (sample.labels[i] == label) ++counts[static_cast<std::size_t>(folds[units.of[i]])];
    RC_ASSERT(std::ranges::max(counts) - std::ranges::min(counts) <= 1);
  }
}

// Five classes of six pictures leave one over each. Where all five fell into one fold, it would have ten and the others
// five.
RC_GTEST_PROP(Balanced, folds_are_of_like_size, (std::uint64_t seed)) {
  Sample sample;
  for (int i = 0; i < 30; ++i) {
    sample.hashes.push_back(content(i));
    sample.groups.push_back(-1);
    sample.labels.push_back(i % 5);
  }
  std::vector<int> sizes(5);
  const Units units = sample.units();
  for (const int fold : assign_folds({.units = units, .labels = sample.labels}, seed, 5))
    ++sizes[static_cast<std::size_t>(fold)];
  RC_ASSERT(std::ranges::max(sizes) - std::ranges::min(sizes) <= 4);
}

RC_GTEST_PROP(Balanced, splits_of_groups_come_near_their_shares, (std::uint64_t seed)) {
  // 60 groups of 1 to 5 pictures, of two classes.
  Sample sample;
  for (int group = 0; group < 60; ++group) {
    const int size = *rc::gen::inRange(1, 6);
    for (int i = 0; i < size; ++i) {
      sample.hashes.push_back(content(10 * group + i));
      sample.groups.push_back(group);
      sample.labels.push_back(*rc::gen::inRange(0, 2));
    }
    sample.names.push_back("g" + std::to_string(group));
  }
  const Units units = sample.units();
  const std::vector<Split> splits = split_exactly({.units = units, .labels = sample.labels}, seed, {});
  RC_ASSERT(keeps_together(sample, [&](std::size_t i) { return splits[units.of[i]]; }));
  const auto in_test = std::ranges::count_if(units.of, [&](std::uint32_t unit) { return splits[unit] == Split::test; });
  const double wanted = 0.1 * static_cast<double>(units.of.size());
  RC_ASSERT(std::abs(static_cast<double>(in_test) - wanted) <= 6);
}

}  // namespace
}  // namespace reslab::pictures
