#include "reslab/pictures/check.h"

#include <gtest/gtest.h>

#include "pictures/drawn.h"
#include "reslab/pictures/layout.h"
#include "reslab/pictures/picture_file.h"
#include "reslab/pictures/record_file.h"

namespace reslab::pictures {
namespace {

using support::contains;
using test::examples_of;
using test::PictureFolder;

class DrawnClasses : public PictureFolder {
 public:
  DrawnClasses() {
    for (int i = 0; i < 8; ++i)
      write((i % 2 == 0 ? "a/" : "b/") + std::to_string(i) + ".png", test::png_file(9 + i, 9, i));
  }

  Gathered gathered() const { return gather(read_layout(path()), {}); }
  CheckedPictures check(const CheckOptions& options) {
    Gathered found = gathered();
    return check_pictures(cache, path(), found, options);
  }

  const core::TemporaryFolder cached;
  CacheFolder cache{cached.path(), "key", {}};
};

TEST(Check, KeepsWhatWasFoundWhereItIsInterrupted) {
  DrawnClasses folder;
  const auto interrupt = [](const Progress& progress) {
    if (progress.files == 5) throw std::runtime_error("interrupted");
  };
  EXPECT_THROW(folder.check({.progress = interrupt}), std::runtime_error);
  const CheckedPictures again = folder.check({});
  EXPECT_EQ(again.decoded, 3U) << "five were known";
  EXPECT_EQ(again.facts.size(), 8U);
  for (const auto& [hash, facts] : again.facts) EXPECT_EQ(facts.size.width, 9);
}

TEST(Check, KeepsWhatWasFoundEverySoOften) {
  DrawnClasses folder;
  std::size_t known = 0;
  const auto look = [&](const Progress& progress) {
    if (progress.files != 6) return;
    // As another process would find it if this one were killed now.
    const std::filesystem::path facts = folder.cache.path() / "facts";
    const auto file = read_record_file(facts, picture_facts_kind, facts_about({}));
    known = file ? file->size() : 0;
  };
  folder.check({.progress = look, .save_every = std::chrono::milliseconds(0)});
  EXPECT_EQ(known, 6U);
  std::filesystem::remove(folder.cache.path() / "facts");
  folder.check({.progress = look});
  EXPECT_EQ(known, 0U) << "not within 20 seconds";
}

TEST(Check, LeavesOutAFileThatIsTooLargeToBeRead) {
  const DrawnClasses folder;
  Gathered found = folder.gathered();
  // It is made large afterwards, since its hash would take seconds; the rest is a hole, which takes no room.
  Candidate& large = *std::ranges::find(found.pictures, "a/2.png", &Candidate::path);
  large.bytes = most_picture_bytes + 1;
  std::filesystem::resize_file(folder / "a/2.png", large.bytes);
  CacheFolder cache({}, "", {});
  check_pictures(cache, folder.path(), found, {});
  EXPECT_EQ(found.pictures.size(), 7U);
  ASSERT_EQ(found.left_out.size(), 1U);
  EXPECT_EQ(found.left_out[0].path, "a/2.png");
  EXPECT_EQ(found.left_out[0].reason, "too-large");
  ASSERT_EQ(examples_of(found.findings, "too-large").size(), 1U);
  EXPECT_TRUE(contains(examples_of(found.findings, "too-large")[0], "a/2.png: a file of "));
}

#ifdef RESLAB_HAS_JPEG

// libjpeg warns of bytes between the parts of a file, which concern no pixel.
TEST(Check, UsesAPictureWhoseFileIsOddAndCountsIt) {
  const DrawnClasses folder;
  std::string odd = test::jpeg_file(40, 30, 50), cut = odd;
  odd.insert(odd.find("\xFF\xDB"), "some bytes");
  folder.write("a/odd.jpg", odd);
  folder.write("b/cut.jpg", cut.substr(0, cut.size() - 30));
  CacheFolder cache(folder.cached.path(), "key", {});
  for (const std::size_t decoded : {10U, 0U}) {
    Gathered found = folder.gathered();
    const CheckedPictures checked = check_pictures(cache, folder.path(), found, {});
    EXPECT_EQ(checked.decoded, decoded);
    EXPECT_EQ(found.pictures.size(), 9U);
    ASSERT_EQ(examples_of(found.findings, "odd-file").size(), 1U);
    EXPECT_TRUE(
        contains(examples_of(found.findings, "odd-file")[0], "a/odd.jpg: Corrupt JPEG data: 10 extraneous bytes"))
        << examples_of(found.findings, "odd-file")[0];
    EXPECT_EQ(test::find_kind(found.findings, "odd-file")->severity, Severity::note);
    ASSERT_EQ(found.left_out.size(), 1U);
    EXPECT_EQ(found.left_out[0].path, "b/cut.jpg");
    EXPECT_EQ(found.left_out[0].reason, "damaged");
  }
}

#endif

}  // namespace
}  // namespace reslab::pictures
