#include "reslab/pictures/open.h"

#include <gtest/gtest.h>

#include "pictures/drawn.h"

namespace reslab::pictures {
namespace {

using support::contains;
using test::all_pixels;
using test::DrawnFolder;
using test::examples_of;
using test::find_kind;
using test::jpeg_file;
using test::png_file;
using test::refusal_of;

std::string paths_of(const OpenedPictures& opened) {
  std::string text;
  for (const Picture& picture : opened.set.pictures) text += picture.path + ' ';
  return text;
}

TEST(OpenPictures, GivesTheSamePixelsWithACacheAndWithoutAndWithAnyThreads) {
  DrawnFolder folder;
  const OpenedPictures plain = open_pictures(folder.options(false));
  EXPECT_EQ(plain.decoded, 12U);
  const std::vector<std::string> expected = all_pixels(*plain.source);
  EXPECT_TRUE(expected[0].starts_with("25 18 3")) << expected[0].substr(0, 9);
  EXPECT_TRUE(expected[1].starts_with("16 16 3"));
  for (const int threads : {1, 2, 5}) {
    OpenOptions options = folder.options();
    options.threads = threads;
    const OpenedPictures opened = open_pictures(options);
    EXPECT_EQ(opened.decoded, threads == 1 ? 12U : 0U) << "what was decoded once is known";
    EXPECT_EQ(all_pixels(*opened.source), expected) << threads;
    EXPECT_EQ(opened.source->fingerprint(), plain.source->fingerprint());
    std::filesystem::remove(folder.cache_files("training").at(0));
  }
  EXPECT_TRUE(folder.said.empty());
}

TEST(OpenPictures, FitsTogetherAsADataSet) {
  DrawnFolder folder;
  const OpenedPictures opened = open_pictures(folder.options());
  EXPECT_EQ(opened.info().classes, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(opened.info().name, std::filesystem::path(folder.path()).filename());
  EXPECT_EQ(opened.info().channels, 3);
  EXPECT_FALSE(opened.info().size);
  EXPECT_FALSE(opened.range16);
  EXPECT_EQ(opened.splits.train.size(), 4);
  EXPECT_EQ(opened.splits.test.size(), 4);
  ASSERT_TRUE(opened.splits.validation);
  EXPECT_EQ(opened.splits.validation->size(), 4);
  EXPECT_TRUE(opened.splits.validation->name.ends_with(" validation"));
  for (std::int64_t place = 0; place < 4; ++place) {
    const std::int64_t id = opened.splits.test.id(place);
    EXPECT_TRUE(
        contains(opened.file_of(id),
                 "/test/" + opened.info().classes[static_cast<std::size_t>(opened.splits.test.label(place))] + '/'));
    const augment::Image image = data::image_at(opened.splits.test, place);
    EXPECT_EQ(opened.source->size(id), (augment::Size{image.height, image.width}));
  }
}

TEST(OpenPictures, ReadsFromThePackWhatItHas) {
  DrawnFolder folder;
  const OpenedPictures plain = open_pictures(folder.options(false)), packed = open_pictures(folder.options());
  const auto move = [&](const char* from, const char* to) { std::filesystem::rename(folder / from, folder / to); };
  for (const char* const split : {"train", "val", "test"}) move(split, (std::string("no-") + split).c_str());
  const auto read = [](const OpenedPictures& opened, const data::Split& split, bool fitted) {
    augment::Image image;
    const auto reader = opened.source->reader();
    if (fitted)
      reader->read_fitted(split.id(0), test::small_fit, image);
    else
      reader->read(split.id(0), {.least_side = test::small_side}, image);
  };
  read(packed, packed.splits.train, false);
  read(packed, packed.splits.test, true);
  read(packed, *packed.splits.validation, true);
  EXPECT_TRUE(
      contains(refusal_of([&] { read(plain, plain.splits.train, false); }), plain.file_of(plain.splits.train.id(0))));
  EXPECT_THROW(read(packed, packed.splits.train, true), core::UserError) << "not kept in that form";
}

TEST(OpenPictures, NeverReadsAnotherContentThanWasLookedAt) {
  DrawnFolder folder;
  const OpenedPictures opened = open_pictures(folder.options(false));
  const std::vector<std::string> before = all_pixels(*opened.source);
  const std::string file = core::read_text(opened.file_of(0));
  core::write_file(opened.file_of(0), file);
  EXPECT_EQ(all_pixels(*opened.source), before) << "written again, with the same content";
  core::write_file(opened.file_of(0), jpeg_file(90, 70, 77));
  EXPECT_TRUE(contains(refusal_of([&] { all_pixels(*opened.source); }), "has changed"));
}

TEST(OpenPictures, ReadsAChangedPictureAnew) {
  DrawnFolder folder;
  open_pictures(folder.options());
  // The same size in bytes, another content.
  std::string file = jpeg_file(90, 70, 0);
  const std::string other = jpeg_file(90, 70, 50);
  const std::size_t size = std::max(file.size(), other.size()) + 10;
  file.resize(size);
  folder.write("train/a/traina1.jpg", file);
  const std::vector<std::string> before = all_pixels(*open_pictures(folder.options()).source);
  std::string changed = other;
  changed.resize(size);
  folder.write("train/a/traina1.jpg", changed);
  const OpenedPictures after = open_pictures(folder.options());
  EXPECT_EQ(after.decoded, 1U);
  EXPECT_NE(all_pixels(*after.source), before);
  EXPECT_EQ(all_pixels(*after.source), all_pixels(*open_pictures(folder.options(false)).source));
}

TEST(OpenPictures, DecodesOnlyWhatWasAdded) {
  DrawnFolder folder;
  open_pictures(folder.options());
  folder.write("train/b/new.jpg", jpeg_file(50, 50, 30));
  const OpenedPictures more = open_pictures(folder.options());
  EXPECT_EQ(more.decoded, 1U);
  EXPECT_EQ(all_pixels(*more.source), all_pixels(*open_pictures(folder.options(false)).source));
  std::filesystem::rename(folder / "train/b/new.jpg", folder / "train/a/renamed.jpg");
  std::filesystem::remove(folder / "test/a/testa1.jpg");
  const OpenedPictures other = open_pictures(folder.options());
  EXPECT_EQ(other.decoded, 0U) << "contents are known, whatever their names";
  EXPECT_EQ(other.set.pictures.size(), 12U);
  EXPECT_NE(other.source->fingerprint(), more.source->fingerprint());
  EXPECT_EQ(all_pixels(*other.source), all_pixels(*open_pictures(folder.options(false)).source));
}

TEST(OpenPictures, LeavesBrokenPicturesOutAndDamagedOnesUnlessTheyAreWanted) {
  DrawnFolder folder;
  const std::string whole = jpeg_file(200, 200, 60);
  folder.write("train/a/broken.jpg", whole.substr(0, 40));
  folder.write("train/a/cut.jpg", whole.substr(0, whole.size() / 2));
  folder.write("train/c/only.png", png_file(20, 20, 61).substr(0, 60));
  for (int start = 0; start < 2; ++start) {
    const OpenedPictures opened = open_pictures(folder.options());
    EXPECT_EQ(opened.set.pictures.size(), 12U);
    EXPECT_EQ(opened.info().classes.size(), 2U) << "a class of broken pictures is none";
    ASSERT_NE(find_kind(opened.set.findings, "broken"), nullptr);
    EXPECT_EQ(find_kind(opened.set.findings, "broken")->severity, Severity::skipped);
    EXPECT_TRUE(contains(examples_of(opened.set.findings, "broken").at(0), "train/a/broken.jpg: "));
    EXPECT_EQ(find_kind(opened.set.findings, "broken")->count, 2U);
    ASSERT_EQ(examples_of(opened.set.findings, "damaged").size(), 1U);
    EXPECT_TRUE(contains(examples_of(opened.set.findings, "damaged")[0], "byte"));
    EXPECT_TRUE(opened.set.some_skipped());
    EXPECT_EQ(opened.set.left_out.size(), 3U);
  }
  OpenOptions options = folder.options();
  options.use_damaged = true;
  const OpenedPictures opened = open_pictures(options);
  EXPECT_EQ(opened.set.pictures.size(), 13U);
  EXPECT_EQ(find_kind(opened.set.findings, "damaged-used")->severity, Severity::warning);
  EXPECT_TRUE(contains(paths_of(opened), "cut.jpg"));
  all_pixels(*opened.source);
}

TEST(OpenPictures, TakesOneChannelWhereAllTrainingPicturesAreGrey) {
  const test::PictureFolder folder;
  for (const std::string split : {"train", "test"})
    for (const std::string name : {"a", "b"})
      for (int i = 0; i < 2; ++i)
        folder.write(split + '/' + name + '/' + split + name + std::to_string(i) + ".jpg",
                     jpeg_file(20 + i, 24, static_cast<int>(name[0]) + 7 * i + static_cast<int>(20 * split.size()), 1));
  OpenOptions options{.pictures = {.data = folder.path(), .holdout = 0}};
  EXPECT_EQ(open_pictures(options).info().channels, 1);
  folder.write("test/a/colour.png", png_file(9, 9, 3));
  EXPECT_EQ(open_pictures(options).info().channels, 1) << "the test split chooses nothing";
  options.channels = 3;
  EXPECT_EQ(open_pictures(options).info().channels, 3);
  options.channels = 0;
  folder.write("train/a/colour.png", png_file(9, 9, 4));
  const OpenedPictures mixed = open_pictures(options);
  EXPECT_EQ(mixed.info().channels, 3);
  for (std::int64_t place = 0; place < mixed.splits.train.size(); ++place)
    EXPECT_EQ(data::image_at(mixed.splits.train, place).channels, 3);
}

TEST(OpenPictures, FindsTheRangeOf16BitsOverTheTrainingSplit) {
  DrawnFolder folder;
  folder.write("train/a/deep.png", test::sample_file("grey-16.png"));
  const std::string deep = test::sample_file("grey-16.png");
  const image::SampleRange trained = examine_picture(std::as_bytes(std::span(deep)), "", {}).stored_range.value();
  const OpenedPictures opened = open_pictures(folder.options());
  ASSERT_TRUE(opened.range16);
  EXPECT_EQ(opened.range16->low, trained.low);
  EXPECT_EQ(opened.range16->high, trained.high);
  OpenOptions options = folder.options();
  options.range16 = image::SampleRange{.low = 3, .high = 40'000};
  const OpenedPictures given = open_pictures(options);
  EXPECT_EQ(given.range16->high, 40'000);
  EXPECT_NE(given.source->fingerprint(), opened.source->fingerprint());
  EXPECT_NE(all_pixels(*given.source), all_pixels(*opened.source));
  std::filesystem::rename(folder / "train/a/deep.png", folder / "test/a/deep.png");
  EXPECT_FALSE(open_pictures(folder.options()).range16) << "of the test split: it chooses nothing";
}

TEST(OpenPictures, HoldsPicturesOfOneSizeInMemory) {
  const test::PictureFolder folder;
  const core::TemporaryFolder cache;
  std::vector<augment::Image> drawn;
  for (const std::string split : {"train", "test"})
    for (int i = 0; i < 6; ++i)
      folder.write(split + '/' + (i % 2 == 0 ? "even/" : "odd/") + split + std::to_string(i) + ".png",
                   png_file(8, 10, i + static_cast<int>(10 * split.size())));
  const OpenOptions options{.pictures = {.data = folder.path(), .holdout = 0},
                            .cache = cache.path(),
                            .cache_limit = 1 << 20,
                            .threads = 2,
                            .fit = test::small_fit,
                            .least_side = 4};
  std::string fingerprint;
  for (int start = 0; start < 2; ++start) {
    const OpenedPictures opened = open_pictures(options);
    const at::Tensor images = opened.splits.train.tensor();
    ASSERT_TRUE(images.defined());
    EXPECT_EQ(images.sizes(), (std::vector<std::int64_t>{6, 8, 10, 3}));
    EXPECT_EQ(opened.info().size, (augment::Size{8, 10}));
    for (std::int64_t i = 0; i < 6; ++i) {
      const augment::Image expected = test::drawn(8, 10, 3, static_cast<int>(i) + 50);
      const auto* pixels = images[i].const_data_ptr<std::uint8_t>();
      EXPECT_EQ(std::vector<std::uint8_t>(pixels, pixels + 240), expected.pixels) << i;
      EXPECT_EQ(opened.splits.train.label(i), i % 2);
    }
    EXPECT_TRUE(start == 0 || opened.source->fingerprint() == fingerprint);
    fingerprint = opened.source->fingerprint();
  }
}

TEST(OpenPictures, MeasuresOnTheHoldOutWhereThereIsNoTestSplit) {
  DrawnFolder folder;
  std::filesystem::remove_all(folder / "test");
  const OpenedPictures opened = open_pictures(folder.options());
  EXPECT_TRUE(opened.set.no_untouched_test);
  EXPECT_EQ(opened.splits.test.size(), 4);
  EXPECT_TRUE(opened.splits.test.name.ends_with(" validation")) << opened.splits.test.name;
  OpenOptions options = folder.options();
  options.pictures.shares = {.train = 100, .validation = 0, .test = 0};
  std::filesystem::remove_all(folder / "val");
  EXPECT_TRUE(contains(refusal_of([&] { open_pictures(options); }), "neither a test nor a validation split"));
}

TEST(OpenPictures, TakesAClassOfOnePictureAndCopies) {
  DrawnFolder folder;
  folder.write("train/lonely/one.png", png_file(33, 40, 70));
  folder.write("train/a/copy.png", core::read_text(folder / "train/a/traina2.png"));
  const OpenedPictures opened = open_pictures(folder.options());
  EXPECT_EQ(opened.info().classes.size(), 3U);
  EXPECT_EQ(opened.decoded, 13U) << "equal pictures are decoded once";
  EXPECT_EQ(opened.set.pictures.size(), 14U);
  EXPECT_EQ(all_pixels(*opened.source), all_pixels(*open_pictures(folder.options(false)).source));
}

TEST(OpenPictures, TellsHowFarItIsByStages) {
  DrawnFolder folder;
  std::vector<std::string> stages;
  OpenOptions options = folder.options();
  options.progress = [&](std::string_view stage, const Progress& progress) {
    if (progress.files == progress.of) stages.emplace_back(stage);
  };
  open_pictures(options);
  EXPECT_EQ(stages, (std::vector<std::string>{"reading", "checking", "packing", "packing"}));
  stages.clear();
  open_pictures(options);
  EXPECT_EQ(stages, std::vector<std::string>{"reading"});
}

}  // namespace
}  // namespace reslab::pictures
