#include "reslab/pictures/folded.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "pictures/support.h"
#include "reslab/pictures/split_file.h"

namespace reslab::pictures {
namespace {

using support::contains;
using test::examples_of;
using test::find_kind;
using test::PictureFolder;
using test::png;
using test::refusal_of;

void fill_class(const PictureFolder& folder, const std::string& name, int pictures) {
  for (int i = 0; i < pictures; ++i) folder.picture(name + "/" + std::to_string(i) + ".png");
}

PictureSet pool_of(const PictureFolder& folder, const std::string& group_by = "") {
  return find_pictures({.data = folder.path(), .pool = true, .group_by = group_by});
}

// The pictures as a training finds them that has the fold's splits.csv.
PictureSet found_again(const PictureFolder& folder, const PictureSet& fold, const std::string& group_by = "") {
  return find_pictures({.data = folder.path(),
                        .splits_text = std::make_shared<const std::string>(splits_csv(fold)),
                        .group_by = group_by});
}

// Groups of the file names' first letters, equal contents across groups, and several of both in a class.
RC_GTEST_PROP(Folded, TestsEveryPictureOnceAndPartsNoGroup, ()) {
  const PictureFolder folder;
  const int folds = *rc::gen::inRange(2, 6);
  for (const char* const name : {"cat", "dog"})
    for (int i = 0; i < 3 * folds; ++i) folder.picture(std::string(name) + "/lone" + std::to_string(i) + ".png");
  const auto more = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 5), rc::gen::inRange(0, 30)));
  for (std::size_t i = 0; i < more.size(); ++i)
    folder.write(std::string(more[i].second % 2 == 0 ? "cat" : "dog") + "/g" + std::to_string(more[i].first) + "_" +
                     std::to_string(i) + ".png",
                 png("content " + std::to_string(more[i].second)));
  const std::string by_group = "/(g[0-9])_";
  const bool holdout = *rc::gen::arbitrary<bool>();
  const Folded folded(pool_of(folder, by_group), {.folds = folds, .holdout = holdout});
  std::vector<int> tested(folded.set().pictures.size());
  for (int held = 0; held < folds; ++held) {
    PictureSet fold;
    const std::string refused = refusal_of([&] { fold = folded.fold(held); });
    // One large group may be all that a fold trains on.
    if (holdout && contains(refused, "every class needs some to train on")) RC_DISCARD(refused);
    RC_ASSERT(refused == "");
    std::map<std::string, std::set<Split>> of_unit;
    for (std::size_t id = 0; id < fold.pictures.size(); ++id) {
      const Picture& picture = fold.pictures[id];
      tested[id] += picture.split == Split::test ? 1 : 0;
      of_unit["content " + picture.hash.hex()].insert(picture.split);
      if (picture.group >= 0) of_unit["group " + std::to_string(picture.group)].insert(picture.split);
    }
    for (const auto& [unit, splits] : of_unit) RC_ASSERT(splits.size() == 1U);
    RC_ASSERT(splits_csv(found_again(folder, fold, by_group)) == splits_csv(fold));
  }
  for (const int times : tested) RC_ASSERT(times == 1);
}

TEST(Folded, HoldsEachClassInEqualParts) {
  const PictureFolder folder;
  fill_class(folder, "cat", 20);
  fill_class(folder, "dog", 10);
  const Folded folded(pool_of(folder), {.folds = 5});
  for (int held = 0; held < 5; ++held) {
    const auto counts = folded.fold(held).counts();
    EXPECT_EQ(counts[0], (std::array<std::int64_t, 3>{16, 0, 4})) << held;
    EXPECT_EQ(counts[1], (std::array<std::int64_t, 3>{8, 0, 2})) << held;
  }
  EXPECT_EQ(find_kind(folded.set().findings, "fold-lacks-class"), nullptr);
  EXPECT_EQ(find_kind(folded.set().findings, "no-untouched-test"), nullptr) << "it is not a division yet";
}

TEST(Folded, TakesTheHoldOutFromTheTrainingFolds) {
  const PictureFolder folder;
  fill_class(folder, "cat", 50);
  fill_class(folder, "dog", 25);
  const Folded folded(pool_of(folder), {.folds = 5, .holdout = true});
  for (int held = 0; held < 5; ++held) {
    const auto counts = folded.fold(held).counts();
    EXPECT_EQ(counts[0], (std::array<std::int64_t, 3>{36, 4, 10})) << "a tenth of 40";
    EXPECT_EQ(counts[1], (std::array<std::int64_t, 3>{18, 2, 5})) << "a tenth of 20";
  }
}

TEST(Folded, LeavesAGivenTestSplitUntouched) {
  const PictureFolder folder;
  for (const char* const name : {"train/cat", "train/dog", "val/cat", "val/dog", "test/cat", "test/dog"})
    fill_class(folder, name, 4);
  const Folded folded(pool_of(folder), {.folds = 2});
  ASSERT_EQ(folded.set().pictures.size(), 16U) << "train and validation";
  ASSERT_NE(find_kind(folded.set().findings, "set-aside"), nullptr);
  EXPECT_EQ(find_kind(folded.set().findings, "set-aside")->count, 8U);
  EXPECT_FALSE(folded.set().some_skipped());
  const PictureSet fold = folded.fold(0);
  EXPECT_EQ(fold.counts()[0], (std::array<std::int64_t, 3>{4, 0, 4}));
  EXPECT_TRUE(contains(splits_csv(fold), "test/cat/0.png,cat,unused,")) << splits_csv(fold);
  const PictureSet again = found_again(folder, fold);
  EXPECT_EQ(splits_csv(again), splits_csv(fold));
  EXPECT_EQ(again.pictures.size(), 16U);
  EXPECT_EQ(find_kind(again.findings, "empty-class"), nullptr) << "the folders' pictures are set aside";
}

TEST(Folded, NamesClassesThatAreTooSmall) {
  const PictureFolder folder;
  fill_class(folder, "cat", 9);
  fill_class(folder, "dog", 9);
  for (int i = 0; i < 6; ++i) folder.picture("emu/bird" + std::to_string(i % 2) + "_" + std::to_string(i) + ".png");
  const Folded folded(pool_of(folder, "/(bird[0-9])_"), {.folds = 3});
  EXPECT_EQ(examples_of(folded.set().findings, "fold-lacks-class"),
            (std::vector<std::string>{"emu: 6 pictures in 2 groups or sets of equal pictures that stay together"}));
  EXPECT_EQ(find_kind(folded.set().findings, "fold-lacks-class")->severity, Severity::warning);

  folder.write("owl/a.png", png("the same"));
  folder.write("owl/b.png", png("the same"));
  const std::string refused = refusal_of([&] { Folded(pool_of(folder), {.folds = 3}); });
  EXPECT_TRUE(contains(refused, "the class owl has 2 pictures in 1 group")) << refused;
  EXPECT_TRUE(contains(refused, "none to train on")) << refused;
}

TEST(Folded, RefusesMoreFoldsThanThereArePictures) {
  const PictureFolder folder;
  fill_class(folder, "cat", 2);
  fill_class(folder, "dog", 2);
  const std::string refused = refusal_of([&] { Folded(pool_of(folder), {.folds = 5}); });
  EXPECT_TRUE(contains(refused, "into 5 folds")) << refused;
}

TEST(Folded, WritesARowForEachPicture) {
  const PictureFolder folder;
  fill_class(folder, "cat, wild", 2);
  fill_class(folder, "dog", 2);
  const Folded folded(pool_of(folder), {.folds = 2});
  const std::string csv = folded.csv();
  EXPECT_TRUE(csv.starts_with("path,label,group,hash,fold\n\"cat, wild/0.png\",\"cat, wild\",,")) << csv;
  EXPECT_EQ(std::ranges::count(csv, '\n'), 5);
}

}  // namespace
}  // namespace reslab::pictures
