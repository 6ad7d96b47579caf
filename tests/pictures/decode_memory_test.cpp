// What pictures take while they are decoded is bounded, however many threads decode.
#include <gtest/gtest.h>

#include "pictures/drawn.h"
#include "reslab/core/memory_budget.h"

namespace reslab::pictures {
namespace {

// What the decoding of a sample takes, by its share of a budget without end; 0 where it is refused.
std::uint64_t taken_by(const std::string& name) {
  core::MemoryBudget budget(std::uint64_t{1} << 40);
  {
    core::MemoryShare share = budget.take(0);
    const std::string file = test::sample_file(name);
    examine_picture(std::as_bytes(std::span(file)), name, {}, &share);
  }
  return budget.most_held();
}

// All are of 21 × 14 pixels. The sizes follow from the formats: what libraries keep of a whole picture.
TEST(DecodeMemory, IsCountedByWhatTheHeaderSays) {
  constexpr std::uint64_t pixels = 21 * 14;
#ifdef RESLAB_HAS_PNG
  EXPECT_EQ(taken_by("grey.png"), pixels);
  EXPECT_EQ(taken_by("palette.png"), 3 * pixels);
  EXPECT_EQ(taken_by("interlaced.png"), (3 + 3) * pixels);
  EXPECT_EQ(taken_by("grey-alpha-16-interlaced.png"), (1 + 4 * 2) * pixels) << "RGBA of 16 bits";
  EXPECT_EQ(taken_by("orientation-6.png"), (3 + 3) * pixels) << "turned";
#endif
#ifdef RESLAB_HAS_JPEG
  EXPECT_EQ(taken_by("444.jpg"), 3 * pixels);
  EXPECT_EQ(taken_by("orientation-3.jpg"), (3 + 3) * pixels);
  // 3 × 2 blocks of each of three components.
  EXPECT_GE(taken_by("progressive.jpg"), 3 * pixels + 128 * 3 * 2);
#endif
#ifdef RESLAB_HAS_WEBP
  EXPECT_EQ(taken_by("alpha.webp"), (3 + 4 + 5) * pixels);
  EXPECT_EQ(taken_by("lossless.webp"), (3 + 3 + 5) * pixels);
#endif
#ifdef RESLAB_HAS_TIFF
  EXPECT_GT(taken_by("rgb.tif"), 3 * pixels);
#endif
  EXPECT_EQ(taken_by("rgb.bmp"), 3 * pixels);
}

// Opens pictures of which a whole one takes more than the budget: each stage and each read waits for its turn.
TEST(DecodeMemory, BudgetHoldsInTheCheckInPacksAndInReads) {
  test::DrawnFolder folder;
  const std::vector<std::string> expected = test::all_pixels(*open_pictures(folder.options(false)).source);
  const std::string file = core::read_text(folder / "test/b/testb1.jpg");
  const PictureFacts facts = examine_picture(std::as_bytes(std::span(file)), "", {});
  const std::uint64_t largest = static_cast<std::uint64_t>(facts.size.height * facts.size.width * 3) + file.size();
  for (const std::uint64_t limit : {std::uint64_t{0}, largest, 3 * largest}) {
    test::DrawnFolder again;
    OpenOptions options = again.options();
    options.threads = 6;
    options.decode_memory = limit;
    const OpenedPictures opened = open_pictures(options);
    EXPECT_EQ(test::all_pixels(*opened.source), expected);
    ASSERT_NE(opened.memory, nullptr);
    EXPECT_EQ(opened.memory->bytes(), limit);
    EXPECT_GE(opened.memory->most_held(), largest);
    EXPECT_LE(opened.memory->most_held(), limit + 2 * largest) << "one picture beside it";
  }
}

TEST(DecodeMemory, IsTakenByTheCheckByPacksAndByReadsEach) {
  test::DrawnFolder folder;
  OpenOptions options = folder.options();
  options.cache_limit = 0;
  EXPECT_GT(open_pictures(options).memory->most_held(), 0U) << "the check alone";
  options.cache_limit = std::uint64_t{1} << 30;
  const OpenedPictures packed = open_pictures(options);
  EXPECT_EQ(packed.decoded, 0U);
  EXPECT_GT(packed.memory->most_held(), 0U) << "packs alone";
  const OpenedPictures again = open_pictures(options);
  EXPECT_EQ(again.memory->most_held(), 0U);
  test::all_pixels(*again.source);
  EXPECT_GT(again.memory->most_held(), 0U) << "pictures in full are in no pack";
}

}  // namespace
}  // namespace reslab::pictures
