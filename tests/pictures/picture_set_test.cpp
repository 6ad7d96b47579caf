#include "reslab/pictures/picture_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>

#include "pictures/support.h"
#include "reslab/core/file.h"
#include "reslab/pictures/split_file.h"

namespace reslab::pictures {
namespace {

using support::contains;
using test::examples_of;
using test::find_kind;
using test::PictureFolder;
using test::png;
using test::refusal_of;
using Texts = std::vector<std::string>;

// Several pictures of a class.
void fill(const PictureFolder& folder, const std::string& prefix, int pictures) {
  for (int i = 0; i < pictures; ++i) folder.picture(prefix + "/" + std::to_string(i) + ".png");
}

TEST(PictureSet, MatchesClassesByNameWhateverASplitLacks) {
  const PictureFolder folder;
  for (const char* const name : {"train/10", "train/2", "train/cat", "val/cat", "test/cat", "test/2", "test/zebra"})
    fill(folder, name, 3);
  folder.folder("val/10");
  folder.folder("val/2");
  const PictureSet set = find_pictures({.data = folder.path()});
  ASSERT_EQ(set.classes, (Texts{"10", "2", "cat"})) << "the order of bytes";
  for (const Picture& picture : set.pictures)
    EXPECT_TRUE(contains(picture.path, "/" + set.classes[static_cast<std::size_t>(picture.label)] + "/"))
        << picture.path;
  EXPECT_EQ(set.counts()[0], (std::array<std::int64_t, 3>{3, 0, 0}));
  EXPECT_EQ(set.counts()[2], (std::array<std::int64_t, 3>{3, 3, 3}));
  EXPECT_EQ(set.ids(Split::test).size(), 6U) << "without the class that training doesn't have";
  EXPECT_EQ(examples_of(set.findings, "unknown-class"), Texts{"zebra (3)"});
  EXPECT_EQ(examples_of(set.findings, "empty-class"), (Texts{"validation: 10", "validation: 2"}));
  EXPECT_TRUE(set.some_skipped());
  ASSERT_EQ(set.left_out.size(), 3U);
  EXPECT_EQ(set.left_out[0].reason, "unknown-class");
  EXPECT_FALSE(set.no_untouched_test);
}

TEST(PictureSet, TakesTheClassesOfANetworkInItsOrder) {
  const PictureFolder folder;
  fill(folder, "test/cat", 2);
  fill(folder, "test/dog", 2);
  fill(folder, "test/emu", 2);
  const PictureSet set = find_pictures({.data = folder.path(), .classes = {"dog", "cow", "cat"}});
  ASSERT_EQ(set.classes, (Texts{"dog", "cow", "cat"}));
  EXPECT_EQ(set.counts()[0][2], 2);
  EXPECT_EQ(set.counts()[2][2], 2);
  EXPECT_EQ(examples_of(set.findings, "unknown-class"), Texts{"emu (2)"});
  EXPECT_TRUE(contains(refusal_of([&] { find_pictures({.data = folder.path()}); }), "no training picture"));
}

TEST(PictureSet, RefusesFewerThanTwoClassesAndSaysWhereTheyMayBe) {
  const PictureFolder folder;
  fill(folder, "images/cat", 2);
  fill(folder, "images/dog", 2);
  const std::string message = refusal_of([&] { find_pictures({.data = folder.path()}); });
  EXPECT_TRUE(contains(message, "one class with training pictures, 'images'")) << message;
  EXPECT_TRUE(contains(message, "give " + (folder / "images") + " as the folder")) << message;
}

TEST(PictureSet, RefusesFoldersOfSplitsBesideOneWithoutPictures) {
  const PictureFolder folder;
  for (const char* const name : {"train/cat", "train/dog", "val/cat", "test/dog"}) fill(folder, name, 12);
  folder.write("annotations/all.txt", "text");
  const std::string message = refusal_of([&] { find_pictures({.data = folder.path()}); });
  EXPECT_TRUE(contains(message, "named like splits, beside annotations")) << message;
  fill(folder, "annotations", 12);
  EXPECT_EQ(find_pictures({.data = folder.path()}).classes.size(), 4U) << "a class that is called train";
}

TEST(PictureSet, NamesSmallClassesAndSplitsThatLackOne) {
  const PictureFolder folder;
  fill(folder, "train/cat", 5);
  fill(folder, "train/dog", 1);
  fill(folder, "test/cat", 5);
  const PictureSet set = find_pictures({.data = folder.path()});
  EXPECT_EQ(examples_of(set.findings, "small-class"), Texts{"dog (1)"});
  const Finding* const missing = find_kind(set.findings, "class-missing");
  ASSERT_NE(missing, nullptr);
  EXPECT_EQ(missing->examples, Texts{"dog"});
}

TEST(PictureSet, SaysWhereNoUntouchedTestSplitExists) {
  const PictureFolder folder;
  for (const char* const name : {"train/cat", "train/dog", "val/cat", "val/dog"}) fill(folder, name, 2);
  const PictureSet set = find_pictures({.data = folder.path()});
  EXPECT_TRUE(set.no_untouched_test);
  EXPECT_NE(find_kind(set.findings, "no-untouched-test"), nullptr);
  EXPECT_EQ(set.ids(Split::validation).size(), 4U);
}

TEST(PictureSet, CountsTestPicturesThatTrainingHasToo) {
  const PictureFolder folder;
  for (const char* const name : {"train/cat", "train/dog", "test/cat", "test/dog"}) fill(folder, name, 3);
  folder.write("test/cat/again.png", png("train/cat/1.png"));
  const PictureSet set = find_pictures({.data = folder.path()});
  ASSERT_EQ(set.test_seen_in_training.size(), 1U);
  EXPECT_EQ(set.pictures[set.test_seen_in_training[0]].path, "test/cat/again.png");
  EXPECT_EQ(set.full_path(set.test_seen_in_training[0]), folder / "test/cat/again.png");
}

// Ids don't go by labels: a picture that is moved to another class's folder keeps its own, and so do all others.
TEST(PictureSet, IdsGoByTheNamesOfFiles) {
  const PictureFolder one, other;
  const auto make = [](const PictureFolder& folder, int moved) {
    for (int i = 0; i < 20; ++i)
      folder.write((i % 2 == (i == moved) ? "cat/" : "dog/") + std::to_string(100 + i) + ".png",
                   png(std::to_string(i)));
  };
  make(one, -1);
  make(other, 7);
  const PictureSet before = find_pictures({.data = one.path()}), after = find_pictures({.data = other.path()});
  ASSERT_EQ(before.pictures.size(), after.pictures.size());
  int relabelled = 0;
  for (std::size_t id = 0; id < before.pictures.size(); ++id) {
    EXPECT_EQ(before.pictures[id].hash, after.pictures[id].hash);
    EXPECT_EQ(before.pictures[id].split, after.pictures[id].split);
    relabelled += before.pictures[id].label != after.pictures[id].label;
  }
  EXPECT_EQ(relabelled, 1);
}

// File systems give names in orders of their own; here it is any.
RC_GTEST_PROP(PictureSet, the_order_of_files_does_not_matter, (unsigned seed, bool exact)) {
  const PictureFolder folder;
  for (int i = 0; i < 12; ++i)
    folder.picture((i % 3 == 0   ? "cat/"
                    : i % 3 == 1 ? "dog/deep/"
                                 : "emu/") +
                   std::to_string(i % 5) + std::to_string(i));
  Listing listing = read_layout(folder.path());
  const SplitOptions options{.shares = {.train = 1, .validation = 1, .test = 0}, .seed = seed, .exact = exact};
  const std::vector<std::string> classes{"cat", "dog", "emu"};
  const PictureSet first = make_picture_set(listing, gather(listing, {}), options, classes);
  std::shuffle(listing.files.begin(), listing.files.end(), std::mt19937(seed));
  const PictureSet second = make_picture_set(listing, gather(listing, {.threads = 3}), options, classes);
  RC_ASSERT(splits_csv(first) == splits_csv(second));
  RC_ASSERT(folds(first, 3, seed) == folds(second, 3, seed));
}

TEST(PictureSet, ReadsListsWithSplitsAndGroups) {
  const PictureFolder folder;
  fill(folder, "p", 4);
  folder.write("lists/all.csv",
               "path,label,split,group\np/0.png,x,train,1\np/1.png,y,train,2\np/2.png,x,val,3\np/3.png,y,test,4\n");
  const PictureSet set =
      find_pictures({.data = folder.path(), .labels = ListOptions{.file = folder / "lists/all.csv"}});
  EXPECT_EQ(set.layout, Layout::list);
  EXPECT_EQ(set.groups, (Texts{"1", "2", "3", "4"}));
  EXPECT_EQ(set.counts()[1], (std::array<std::int64_t, 3>{1, 0, 1}));
}

TEST(SplitFile, KeepsAnyByteAndIsTakenUpAgain) {
  const PictureFolder folder;
  const std::string odd = "caf\xe9 \"x\",\r\n\x01;";
  for (int i = 0; i < 40; ++i) folder.picture((i % 2 == 0 ? odd : "plain") + "/" + odd + std::to_string(i));
  const PictureSet set = find_pictures({.data = folder.path(), .seed = 3, .group_by = "([0-9])$"});
  core::write_file(folder / "splits.csv", splits_csv(set));
  const PictureSet again =
      find_pictures({.data = folder.path(), .splits = folder / "splits.csv", .seed = 4, .group_by = "([0-9])$"});
  EXPECT_EQ(splits_csv(again), splits_csv(set));
  EXPECT_NE(splits_csv(find_pictures({.data = folder.path(), .seed = 4, .group_by = "([0-9])$"})), splits_csv(set))
      << "another seed";
  const PictureSet listed = find_pictures({.labels = ListOptions{.file = folder / "splits.csv"}});
  EXPECT_EQ(splits_csv(listed), splits_csv(set)) << "as --labels";
  folder.write("labels.csv", "path,label\na,b\n");
  EXPECT_TRUE(contains(refusal_of([&] { read_splits(folder / "labels.csv"); }), "a list without splits"));
}

TEST(SplitFile, HoldsTheHashOfEachPictureByWhichExchangedOnesAreKnown) {
  const PictureFolder folder;
  for (const char* const name : {"cat", "dog"}) fill(folder, name, 20);
  const PictureSet set = find_pictures({.data = folder.path()});
  core::write_file(folder / "splits.csv", splits_csv(set));
  const std::string trained = set.full_path(set.ids(Split::train).front());
  const std::string tested = set.full_path(set.ids(Split::test).front());
  const std::string of_trained = core::read_text(trained), of_tested = core::read_text(tested);
  core::write_file(trained, of_tested);
  core::write_file(tested, of_trained);
  const PictureSet again = find_pictures({.data = folder.path(), .splits = folder / "splits.csv"});
  for (const Picture& picture : again.pictures)
    EXPECT_EQ(picture.split, std::ranges::find(set.pictures, picture.hash, &Picture::hash)->split) << picture.path;
  folder.write("bad.csv", "path,label,split,hash\na,b,train,12\n");
  EXPECT_TRUE(contains(refusal_of([&] { read_splits(folder / "bad.csv"); }), "bad.csv, line 2, column 11"));
  EXPECT_EQ(read_list({.file = folder / "bad.csv"}).files.size(), 1U) << "a list's column hash may be anything";
}

TEST(SplitFile, KeepsTheClassesWhereAnUnknownOneIsLeftOut) {
  const PictureFolder folder;
  for (const char* const name : {"train/b", "train/c", "test/b", "test/c"}) fill(folder, name, 8);
  fill(folder, "test/a", 1);
  const PictureSet set = find_pictures({.data = folder.path(), .holdout = 0.4, .seed = 1});
  ASSERT_EQ(set.classes, (Texts{"b", "c"})) << "training knows no a";
  core::write_file(folder / "splits.csv", splits_csv(set));
  const PictureSet again =
      find_pictures({.data = folder.path(), .splits = folder / "splits.csv", .holdout = 0.4, .seed = 1});
  EXPECT_EQ(again.classes, set.classes);
  EXPECT_EQ(splits_csv(again), splits_csv(set));
  EXPECT_EQ(find_kind(again.findings, "new-picture"), nullptr);
}

// Pictures of rare and frequent classes, some equal, in folders or a list, with splits and groups or without.
PictureOptions any_set(const PictureFolder& folder, std::uint64_t seed) {
  const std::vector<Texts> splits_given{{""}, {"train"}, {"train", "test"}, {"train", "val"}, {"train", "val", "test"}};
  const Texts splits = *rc::gen::elementOf(splits_given);
  const bool by_list = *rc::gen::arbitrary<bool>(), list_groups = *rc::gen::arbitrary<bool>();
  const auto count = *rc::gen::inRange(6, 20);
  std::string list = list_groups ? "path,label,split,group\n" : "path,label,split\n";
  for (int i = 0; i < count; ++i) {
    const std::string split = *rc::gen::elementOf(splits);
    // Of the class z one or few; equal pictures in one class.
    const int kind = *rc::gen::inRange(0, 20);
    const std::string label = i == 0 || kind == 0 ? "z" : kind < 11 ? "a" : "b";
    const std::string content = label + std::to_string(*rc::gen::inRange(0, 30));
    const std::string group = *rc::gen::elementOf(Texts{"g0", "g1", "g2", "none"});
    const std::string path =
        (split.empty() ? "" : split + "/") + label + "/" + group + "_" + std::to_string(i) + ".png";
    folder.write(path, png(content));
    list += path + "," + label + "," + split + (list_groups ? "," + (group == "none" ? "" : group) : "") + "\n";
  }
  PictureOptions options{.data = folder.path(), .exact = *rc::gen::arbitrary<bool>(), .holdout = 0.3, .seed = seed};
  if (!(by_list && list_groups) && *rc::gen::arbitrary<bool>()) options.group_by = "(g[0-9])_";
  if (!by_list) return options;
  core::write_file(folder / "list.csv", list);
  options.labels = ListOptions{.file = folder / "list.csv"};
  return options;
}

RC_GTEST_PROP(SplitFile, unchanged_data_opens_with_the_same_classes_labels_splits_and_ids, (std::uint64_t seed)) {
  const PictureFolder folder, run;
  PictureOptions options = any_set(folder, seed);
  PictureSet set;
  try {
    set = find_pictures(options);
  } catch (const core::UserError&) {
    return;  // fewer than two classes in training
  }
  core::write_file(run / "splits.csv", splits_csv(set));
  options.splits = run / "splits.csv";
  options.seed = *rc::gen::arbitrary<std::uint64_t>();
  const PictureSet again = find_pictures(options);
  RC_TAG(set.classes.size() < 3 && !set.left_out.empty() ? "left out" : "whole");
  RC_ASSERT(again.classes == set.classes);
  RC_ASSERT(again.pictures.size() == set.pictures.size());
  for (std::size_t id = 0; id < set.pictures.size(); ++id) {
    RC_ASSERT(again.pictures[id].path == set.pictures[id].path);
    RC_ASSERT(again.pictures[id].label == set.pictures[id].label);
    RC_ASSERT(again.pictures[id].split == set.pictures[id].split);
    RC_ASSERT(again.pictures[id].group == set.pictures[id].group);
  }
  RC_ASSERT(splits_csv(again) == splits_csv(set));
  RC_ASSERT(find_kind(again.findings, "changed") == nullptr);
  RC_ASSERT(find_kind(again.findings, "new-picture") == nullptr);
  RC_ASSERT(find_kind(again.findings, "vanished") == nullptr);
}

TEST(Folds, GoRoundAllPicturesAndRefuseOtherNumbers) {
  const PictureFolder folder;
  fill(folder, "cat", 10);
  fill(folder, "dog", 10);
  const PictureSet set = find_pictures({.data = folder.path(), .shares = {.train = 1, .validation = 0, .test = 0}});
  std::vector<int> sizes(5);
  for (const int fold : folds(set, 5, 1)) ++sizes.at(static_cast<std::size_t>(fold));
  EXPECT_EQ(sizes, (std::vector<int>{4, 4, 4, 4, 4}));
  EXPECT_NE(folds(set, 5, 1), folds(set, 5, 2));
  for (const int count : {-1, 0, 1, 21})
    EXPECT_TRUE(contains(refusal_of([&] { folds(set, count, 1); }), "2 to 20")) << count;
}

}  // namespace
}  // namespace reslab::pictures
