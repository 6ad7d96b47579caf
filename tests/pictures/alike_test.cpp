#include "reslab/pictures/alike.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "pictures/drawn.h"
#include "reslab/core/random.h"
#include "reslab/pictures/survey.h"

namespace reslab::pictures {
namespace {

using test::examples_of;
using test::find_kind;

ContentHash content(std::uint32_t number) {
  ContentHash hash;
  std::memcpy(hash.bytes.data(), &number, sizeof number);
  return hash;
}

// A picture by its look: pictures of one `scene` look alike.
struct Shown {
  std::uint32_t content, scene;
  std::int32_t label;
  Split split;
};

Look look_of_scene(std::uint32_t scene) {
  core::Random random({.seed = scene});
  Look look;
  for (std::uint8_t& value : look.grey) value = static_cast<std::uint8_t>(random.below(256));
  for (int bit = 0; bit < 64; ++bit) look.hash |= std::uint64_t{random.below(2)} << bit;
  return look;
}

// One level and one bit from the others of its scene.
Look look_of_content(const Shown& shown) {
  Look look = look_of_scene(shown.scene);
  look.hash ^= std::uint64_t{1} << (shown.content % 64);
  look.grey[shown.content % look.grey.size()] ^= 1;
  return look;
}

struct Made {
  PictureSet set;
  LooksByContent looks;
};

Made made_of(const std::vector<Shown>& pictures) {
  Made made;
  made.set.classes = {"cat", "dog"};
  std::set<ContentHash> training;
  for (const Shown& shown : pictures) {
    made.set.pictures.push_back({.path = std::to_string(made.set.pictures.size()),
                                 .label = shown.label,
                                 .split = shown.split,
                                 .hash = content(shown.content)});
    made.looks[content(shown.content)] = look_of_content(shown);
    if (shown.split != Split::test) training.insert(content(shown.content));
  }
  for (std::uint32_t id = 0; id < pictures.size(); ++id)
    if (pictures[id].split == Split::test && training.contains(made.set.pictures[id].hash))
      made.set.test_seen_in_training.push_back(id);
  return made;
}

Alike alike_of(const std::vector<Shown>& pictures) {
  const Made made = made_of(pictures);
  return find_alike(made.set, made.looks);
}

using Ids = std::vector<std::uint32_t>;

TEST(Alike, ArePicturesOfOneSceneAndCopiesOfThem) {
  const Alike alike = alike_of({{1, 1, 0, Split::train},
                                {2, 2, 0, Split::train},
                                {3, 1, 0, Split::train},
                                {3, 1, 0, Split::train},
                                {4, 4, 1, Split::test}});
  ASSERT_EQ(alike.near.groups.size(), 1U);
  EXPECT_EQ(alike.near.groups[0].ids, (Ids{0, 2, 3}));
  EXPECT_FALSE(alike.near.groups[0].across_splits || alike.near.groups[0].across_classes);
  ASSERT_EQ(alike.equal.groups.size(), 1U);
  EXPECT_EQ(alike.equal.groups[0].ids, (Ids{2, 3}));
  EXPECT_EQ(alike.copies, 1);
  EXPECT_TRUE(alike.near.test_seen.empty());
  EXPECT_TRUE(alike.near.labels_disagree.empty());
}

TEST(Alike, AcrossSplitsAndClassesComeFirst) {
  const Alike alike = alike_of({{1, 1, 0, Split::train},
                                {2, 1, 0, Split::train},
                                {3, 3, 0, Split::validation},
                                {4, 3, 0, Split::test},
                                {5, 3, 0, Split::test},
                                {6, 6, 0, Split::train},
                                {7, 6, 1, Split::train},
                                {8, 8, 0, Split::test},
                                {9, 8, 1, Split::train}});
  ASSERT_EQ(alike.near.groups.size(), 4U);
  EXPECT_EQ(alike.near.groups[0].ids, (Ids{7, 8}));
  EXPECT_TRUE(alike.near.groups[0].across_splits && alike.near.groups[0].across_classes);
  EXPECT_EQ(alike.near.groups[1].ids, (Ids{2, 3, 4}));
  EXPECT_EQ(alike.near.groups[2].ids, (Ids{5, 6}));
  EXPECT_EQ(alike.near.groups[3].ids, (Ids{0, 1}));
  EXPECT_EQ(alike.near.test_seen, (Ids{3, 4, 7}));
  EXPECT_EQ(alike.near.labels_disagree, (Ids{5, 6, 7, 8}));
}

// Within train and validation no result of a test is worth less.
TEST(Alike, InTrainingAndTheHoldOutAreNoTestPictures) {
  const Alike alike = alike_of({{1, 1, 0, Split::train}, {2, 1, 0, Split::validation}});
  ASSERT_EQ(alike.near.groups.size(), 1U);
  EXPECT_FALSE(alike.near.groups[0].across_splits);
}

TEST(Alike, PlainPicturesAreCountedAndComparedWithNone) {
  Made made = made_of({{1, 1, 0, Split::train}, {2, 1, 0, Split::train}, {2, 1, 0, Split::train}});
  for (auto& [hash, look] : made.looks) look.grey.fill(7);
  const Alike alike = find_alike(made.set, made.looks);
  EXPECT_EQ(alike.plain, 3);
  EXPECT_TRUE(alike.near.groups.empty());
  EXPECT_EQ(alike.copies, 1);
}

// Groups are the connected components of pictures that look alike, whatever way they are searched.
RC_GTEST_PROP(Alike, are_the_components_that_comparing_each_with_each_finds, (std::uint64_t seed)) {
  core::Random random({.seed = seed});
  std::vector<Shown> pictures;
  const std::uint32_t count = random.below(40);
  for (std::uint32_t i = 0; i < count; ++i)
    pictures.push_back(
        {i, random.below(25), static_cast<std::int32_t>(random.below(2)), all_splits.at(random.below(3))});
  const Made made = made_of(pictures);
  std::vector<std::uint32_t> component(count);
  for (std::uint32_t i = 0; i < count; ++i) component[i] = i;
  for (std::uint32_t round = 0; round < count; ++round)
    for (std::uint32_t a = 0; a < count; ++a)
      for (std::uint32_t b = 0; b < count; ++b)
        if (are_alike(made.looks.at(content(a)), made.looks.at(content(b))))
          component[a] = component[b] = std::min(component[a], component[b]);
  std::map<std::uint32_t, Ids> expected;
  for (std::uint32_t i = 0; i < count; ++i) expected[component[i]].push_back(i);
  std::set<Ids> wanted, found;
  for (const auto& [first, ids] : expected)
    if (ids.size() > 1) wanted.insert(ids);
  for (const AlikeGroup& group : find_alike(made.set, made.looks).near.groups) found.insert(group.ids);
  RC_ASSERT(found == wanted);
  RC_TAG(wanted.empty() ? "none" : "some");
}

TEST(Looks, AreRememberedAndTheSameWithAnyNumberOfThreads) {
  const test::DrawnFolder folder;
  test::DrawnFolder same;
  OpenOptions options = same.options();
  const OpenedPictures opened = look_through_pictures(options);
  EXPECT_EQ(opened.set.pictures.size(), 12U);
  EXPECT_EQ(opened.source, nullptr);
  CacheFolder cache = cache_of(options);
  std::size_t decoded = 0;
  const auto looks = [&](int threads) {
    decoded = 0;
    return find_looks(cache, {.set = &opened.set,
                              .decode = opened.decode,
                              .threads = threads,
                              .progress = [&](const Progress& progress) { decoded = progress.files; }});
  };
  const LooksByContent first = looks(1);
  EXPECT_EQ(decoded, 12U);
  EXPECT_EQ(looks(2), first);
  EXPECT_EQ(decoded, 0U) << "all of them were remembered";
  EXPECT_EQ(same.cache_files("looks").size(), 1U);
  EXPECT_TRUE(same.cache_files("training-").empty()) << "no pixels are packed for a check";
  CacheFolder none({}, "", {});
  EXPECT_EQ(find_looks(none, {.set = &opened.set, .decode = opened.decode, .threads = 3}), first);
}

TEST(Survey, SaysWhatASizeMakesOfPictures) {
  const data::ImageFit crop{.kind = data::FitKind::crop, .output = {64, 64}, .resize = 80},
      pad{.kind = data::FitKind::pad, .output = {64, 64}}, stretch{.kind = data::FitKind::stretch, .output = {64, 32}};
  EXPECT_DOUBLE_EQ(scale_of(crop, {.height = 160, .width = 400}), 0.5);
  EXPECT_DOUBLE_EQ(part_kept(crop, {.height = 160, .width = 400}), 0.8 * 64 / 200);
  EXPECT_DOUBLE_EQ(scale_of(pad, {.height = 160, .width = 400}), 0.16);
  EXPECT_DOUBLE_EQ(part_kept(pad, {.height = 160, .width = 400}), 1);
  EXPECT_DOUBLE_EQ(scale_of(stretch, {.height = 32, .width = 320}), 2) << "the height is enlarged";
  EXPECT_DOUBLE_EQ(scale_of({}, {.height = 5, .width = 5}), 1);
}

TEST(Survey, NamesSizesAndImbalance) {
  test::PictureFolder folder;
  for (int i = 0; i < 22; ++i) folder.write("train/a/" + std::to_string(i) + ".png", test::png_file(40, 30 + i, i));
  folder.write("train/b/0.png", test::png_file(9, 12, 60));
  folder.write("train/b/1.png", test::png_file(50, 50, 61));
  for (const char* const name : {"a", "b"})
    for (const char* const split : {"val", "test"})
      folder.write(std::string(split) + '/' + name + "/x.png", test::png_file(33, 33, name[0] + split[0]));
  const OpenOptions options{.pictures = {.data = folder.path()}, .threads = 2};
  const OpenedPictures opened = look_through_pictures(options);
  CacheFolder none({}, "", {});
  const LooksByContent looks = find_looks(none, {.set = &opened.set, .decode = opened.decode});
  const Survey survey =
      make_survey(opened, looks, {.fit = {.kind = data::FitKind::crop, .output = {38, 38}, .resize = 40}});
  const auto path = [&](std::uint32_t id) { return opened.set.pictures[id].path; };
  EXPECT_EQ(path(survey.smallest), "train/b/0.png");
  EXPECT_EQ(path(survey.largest), "train/b/1.png");
  EXPECT_DOUBLE_EQ(survey.imbalance, 11);
  EXPECT_EQ(examples_of(survey.findings, "imbalance"), (std::vector<std::string>{"a (22)", "b (2)"}));
  EXPECT_EQ(survey.tiny, 1) << "9 pixels become 40";
  EXPECT_EQ(examples_of(survey.findings, "tiny"), (std::vector<std::string>{"train/b/0.png: 12 × 9"}));
  EXPECT_EQ(survey.enlarged, 15) << "ten of a, the tiny one, and four of 33 × 33";
  EXPECT_TRUE(survey.needs_attention());
  const Survey even = make_survey(opened, looks, {});
  EXPECT_EQ(find_kind(even.findings, "tiny"), nullptr);
  EXPECT_EQ(even.enlarged, 0);
}

}  // namespace
}  // namespace reslab::pictures
