#include "reslab/pictures/assign.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "pictures/support.h"
#include "reslab/core/hash.h"
#include "reslab/pictures/labels.h"

namespace reslab::pictures {
namespace {

using support::contains;
using test::examples_of;
using test::find_kind;
using Texts = std::vector<std::string>;

ContentHash made_of(const std::string& text) { return content_hash(core::sha256(std::as_bytes(std::span(text)))); }

Candidate candidate(const std::string& path, std::int32_t label, std::optional<Split> given = std::nullopt,
                    const std::string& content = "", std::int32_t group = -1) {
  return {
      .path = path, .label = label, .group = group, .given = given, .hash = made_of(content.empty() ? path : content)};
}

std::map<std::string, Split> split_of_paths(const Gathered& found, const SplitOptions& options) {
  const AssignedSplits assigned = assign_splits(found, options);
  std::map<std::string, Split> splits;
  for (std::size_t i = 0; i < found.pictures.size(); ++i) splits[found.pictures[i].path] = assigned.splits[i];
  return splits;
}

Gathered any_pictures() {
  Gathered found{.labels = {"a", "b", "c"}};
  const auto count = *rc::gen::inRange(1, 100);
  for (int i = 0; i < count; ++i) found.pictures.push_back(candidate(std::to_string(i), *rc::gen::inRange(0, 3)));
  return found;
}

RC_GTEST_PROP(Assign, every_picture_keeps_its_split_when_others_come_go_or_are_relabelled, (std::uint64_t seed)) {
  const Gathered before = any_pictures();
  Gathered after{.labels = before.labels};
  for (Candidate picture : before.pictures) {
    if (*rc::gen::inRange(0, 4) == 0) continue;
    picture.label = *rc::gen::inRange(0, 3);
    // Another name, at another place: the content counts.
    after.pictures.insert(after.pictures.begin() + *rc::gen::inRange(0, static_cast<int>(after.pictures.size()) + 1),
                          picture);
  }
  const auto added = *rc::gen::inRange(0, 50);
  for (int i = 0; i < added; ++i) after.pictures.push_back(candidate("new " + std::to_string(i), 0));
  const auto old_splits = split_of_paths(before, {.seed = seed}), new_splits = split_of_paths(after, {.seed = seed});
  for (const auto& [path, split] : new_splits)
    if (old_splits.contains(path)) RC_ASSERT(old_splits.at(path) == split);
}

RC_GTEST_PROP(Assign, groups_and_equal_pictures_are_never_parted, (std::uint64_t seed, bool exact, bool given)) {
  Gathered found{.labels = {"a", "b"}, .groups = {"g0", "g1", "g2", "g3", "g4"}};
  const auto count = *rc::gen::inRange(1, 60);
  for (int i = 0; i < count; ++i)
    found.pictures.push_back(candidate(std::to_string(i), *rc::gen::inRange(0, 2),
                                       given ? std::optional(Split::train) : std::nullopt,
                                       "c" + std::to_string(*rc::gen::inRange(0, 40)), *rc::gen::inRange(-1, 5)));
  // Training alone is split in three; beside a test split, a hold-out is taken.
  if (given && *rc::gen::arbitrary<bool>()) found.pictures.push_back(candidate("test", 0, Split::test));
  const AssignedSplits assigned = assign_splits(found, {.seed = seed, .exact = exact});
  RC_ASSERT(find_kind(assigned.findings, "group-parted") == nullptr);
  RC_ASSERT(find_kind(assigned.findings, "split-overlap") == nullptr);
}

// Classes of one training picture and of two, beside a large one.
TEST(Assign, HoldsOutNoClassesOnlyTrainingPicture) {
  for (const bool exact : {false, true})
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      Gathered found{.labels = {"large", "lone", "pair"}, .groups = {"g"}};
      for (int i = 0; i < 30; ++i) found.pictures.push_back(candidate(std::to_string(i), 0, Split::train));
      found.pictures.push_back(candidate("lone", 1, Split::train));
      // Equal, so that they can't be parted.
      found.pictures.push_back(candidate("pair 1", 2, Split::train, "pair"));
      found.pictures.push_back(candidate("pair 2", 2, Split::train, "pair"));
      found.pictures.push_back(candidate("test", 0, Split::test));
      const auto splits = split_of_paths(found, {.seed = seed, .exact = exact, .holdout = 0.5});
      EXPECT_EQ(splits.at("lone"), Split::train) << seed;
      EXPECT_EQ(splits.at("pair 1"), Split::train) << seed;
      EXPECT_EQ(splits.at("pair 2"), Split::train) << seed;
      EXPECT_TRUE(std::ranges::any_of(splits, [](const auto& each) { return each.second == Split::validation; }));
    }
}

// Of three pictures that the hash would hold out, one goes back: the one that a smaller hold-out would leave in train.
TEST(Assign, GivesBackThePictureNearestToTraining) {
  int mended = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Gathered found{.labels = {"large", "few"}};
    for (int i = 0; i < 30; ++i) found.pictures.push_back(candidate(std::to_string(i), 0, Split::train));
    for (const char* name : {"x", "y", "z"}) found.pictures.push_back(candidate(name, 1, Split::train));
    found.pictures.push_back(candidate("test", 0, Split::test));
    std::vector<std::pair<double, std::string>> places;
    for (const char* name : {"x", "y", "z"}) places.emplace_back(place_of(content_key(made_of(name)), seed), name);
    std::ranges::sort(places);
    const auto splits = split_of_paths(found, {.seed = seed, .holdout = 0.5});
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_EQ(splits.at(places[i].second), places[i].first < 0.5 ? Split::validation : Split::train) << seed;
    EXPECT_EQ(splits.at(places[2].second), Split::train) << seed;
    mended += places[2].first < 0.5;
  }
  EXPECT_GT(mended, 5);
}

TEST(Assign, TakesAHoldOutFromTrainWhereTestIsGiven) {
  Gathered found{.labels = {"a"}};
  for (int i = 0; i < 1000; ++i)
    found.pictures.push_back(candidate(std::to_string(i), 0, i < 900 ? Split::train : Split::test));
  const AssignedSplits assigned = assign_splits(found, {});
  int held = 0;
  for (int i = 0; i < 900; ++i) held += assigned.splits[static_cast<std::size_t>(i)] == Split::validation;
  EXPECT_GT(held, 60);
  EXPECT_LT(held, 120) << "90 on average, with a deviation of 9";
  for (std::size_t i = 900; i < 1000; ++i) ASSERT_EQ(assigned.splits[i], Split::test);
  EXPECT_EQ(
      assigned.text,
      "train and test are given; 10 % of train is the hold-out, taken by the hash of each picture's content and the "
      "seed 0");
  for (Candidate& picture : found.pictures)
    picture.given = picture.given == Split::test ? Split::validation : picture.given;
  const AssignedSplits with_validation = assign_splits(found, {});
  for (std::size_t i = 0; i < 900; ++i) ASSERT_EQ(with_validation.splits[i], Split::train);
  EXPECT_EQ(with_validation.text, "as given");
}

TEST(Assign, NamesWhatGivenSplitsPart) {
  const Gathered found{.labels = {"a"},
                       .groups = {"g"},
                       .pictures = {candidate("1", 0, Split::train, "same", 0), candidate("2", 0, Split::test, "same"),
                                    candidate("3", 0, Split::validation, "other", 0), candidate("4", 0, Split::test)}};
  const AssignedSplits assigned = assign_splits(found, {});
  EXPECT_EQ(examples_of(assigned.findings, "split-overlap"), Texts{"1 (train) = 2 (test)"});
  EXPECT_EQ(examples_of(assigned.findings, "group-parted"), Texts{"g"});
}

TEST(Assign, NamesGroupsThatEqualPicturesUnite) {
  const Gathered found{
      .labels = {"a"},
      .groups = {"g", "h", "i"},
      .pictures = {candidate("1", 0, std::nullopt, "same", 0), candidate("2", 0, std::nullopt, "same", 2),
                   candidate("3", 0, std::nullopt, "", 1)}};
  EXPECT_EQ(examples_of(assign_splits(found, {}).findings, "groups-united"), Texts{"g = i"});
}

TEST(Assign, KeepsEarlierSplitsAndPlacesNewPicturesByTheHash) {
  const Gathered found{.labels = {"a", "b"},
                       .pictures = {candidate("copy of 1", 0, std::nullopt, "1"), candidate("1", 0), candidate("2", 1),
                                    candidate("new", 0)}};
  const Listing earlier =
      parse_list("path,label,split\n1,a,test\n2,a,validation\ngone,b,train\n", {.file = "splits.csv"});
  const AssignedSplits assigned = assign_splits(found, {.seed = 5, .previous = &earlier});
  EXPECT_EQ(assigned.splits[0], Split::test) << "where its equal is";
  EXPECT_EQ(assigned.splits[1], Split::test);
  EXPECT_EQ(assigned.splits[2], Split::validation);
  EXPECT_EQ(assigned.splits[3], place(content_key(made_of("new")), 5, {}));
  EXPECT_EQ(examples_of(assigned.findings, "new-picture"), (Texts{"copy of 1", "new"}));
  EXPECT_EQ(examples_of(assigned.findings, "vanished"), Texts{"gone"});
  EXPECT_EQ(examples_of(assigned.findings, "relabelled"), Texts{"2"});
}

std::string row_of(const std::string& path, const std::string& label, const std::string& split,
                   const std::string& content) {
  return path + "," + label + "," + split + "," + (content.empty() ? "" : made_of(content).hex()) + "\n";
}

TEST(Assign, KeepsEarlierSplitsByTheContentThenByThePath) {
  const Gathered found{
      .labels = {"a", "b"},
      .groups = {"g"},
      .pictures = {candidate("1", 0, Split::train, "two"), candidate("2", 0, Split::test, "one"),
                   candidate("3", 0, std::nullopt, "new"), candidate("4", 0),
                   candidate("moved", 1, std::nullopt, "five"), candidate("6", 0),
                   candidate("8", 0, std::nullopt, "other", 0), candidate("9", 0, std::nullopt, "nine", 0),
                   candidate("copy", 0, std::nullopt, "6")}};
  const Listing earlier = parse_list(
      "path,label,split,hash\n" + row_of("1", "a", "train", "one") + row_of("2", "a", "test", "two") +
          row_of("3", "a", "test", "three") + row_of("4", "a", "validation", "") + row_of("5", "a", "test", "five") +
          row_of("6", "a", "test", "6") + row_of("6 too", "a", "train", "6") + row_of("7", "a", "test", "seven") +
          row_of("8", "a", "train", "eight") + row_of("9", "a", "validation", "nine"),
      {.file = "splits.csv", .hashes = true});
  const std::uint64_t seed = 1;
  ASSERT_EQ(place(content_key(made_of("new")), seed, {}), Split::train) << "another split than the path had";
  const AssignedSplits assigned = assign_splits(found, {.seed = seed, .previous = &earlier});
  EXPECT_EQ(assigned.splits[0], Split::test) << "exchanged with the other";
  EXPECT_EQ(assigned.splits[1], Split::train) << "it was trained on, wherever it lies now";
  EXPECT_EQ(assigned.splits[2], Split::train) << "a new picture at a known path";
  EXPECT_EQ(assigned.splits[3], Split::validation) << "by the path, since the list has no hash for it";
  EXPECT_EQ(assigned.splits[4], Split::test) << "moved";
  EXPECT_EQ(assigned.splits[5], Split::test) << "of two equal ones the one with its path";
  EXPECT_EQ(assigned.splits[6], Split::validation) << "where its group is";
  EXPECT_EQ(assigned.splits[8], Split::train) << "of two equal ones that which was trained on";
  EXPECT_EQ(examples_of(assigned.findings, "changed"), (Texts{"3", "8"}));
  ASSERT_NE(find_kind(assigned.findings, "changed"), nullptr);
  EXPECT_EQ(find_kind(assigned.findings, "changed")->severity, Severity::warning);
  EXPECT_EQ(examples_of(assigned.findings, "new-picture"), Texts{});
  EXPECT_EQ(examples_of(assigned.findings, "relabelled"), Texts{"moved"});
  EXPECT_EQ(examples_of(assigned.findings, "vanished"), Texts{"7"});
}

}  // namespace
}  // namespace reslab::pictures
