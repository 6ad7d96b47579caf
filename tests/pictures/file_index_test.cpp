#include "reslab/pictures/file_index.h"

#include <gtest/gtest.h>

#include "pictures/support.h"
#include "reslab/core/file.h"
#include "reslab/core/hash.h"

namespace reslab::pictures {
namespace {

using test::PictureFolder;
using test::png;

// Bytes that had to be read.
std::uint64_t read_by(const std::vector<std::string>& paths, FileIndex& index) {
  std::uint64_t bytes = 0;
  examine_files(paths, {.progress = [&](const Progress& progress) { bytes = progress.bytes; }, .known = &index});
  index.save();
  return bytes;
}

TEST(FileIndex, SparesTheReadingOfWhatDidNotChange) {
  const PictureFolder folder;
  std::vector<std::string> paths{folder / "a.png", folder / "text", folder / "gone"};
  folder.picture("a.png");
  folder.write("text", "no picture");
  const auto start = [&](std::int64_t settle) {
    FileIndex index(folder / "index", {.root = folder.path(), .settle = settle});
    const std::vector<Examined> found = examine_files(paths, {.known = &index});
    const std::string content = png("a.png");
    EXPECT_EQ(found[0].hash.hex(), core::sha256(std::as_bytes(std::span(content))));
    EXPECT_EQ(found[0].kind, FileKind::png);
    EXPECT_EQ(found[1].kind, FileKind::other);
    EXPECT_EQ(found[2].error, ENOENT);
    const std::uint64_t bytes = read_by(paths, index);
    return bytes;
  };
  EXPECT_GT(start(1'000'000'000'000), 0U);
  EXPECT_GT(start(0), 0U) << "files that were just changed were not remembered";
  EXPECT_EQ(start(0), 0U);
  // Another size, and the same size at another time.
  folder.write("a.png", png("longer.png"));
  {
    FileIndex index(folder / "index", {.root = folder.path(), .settle = 0});
    EXPECT_EQ(read_by(paths, index), png("longer.png").size());
  }
  folder.write("a.png", png("other_.png"));
  FileIndex index(folder / "index", {.root = folder.path(), .settle = 0});
  EXPECT_EQ(read_by(paths, index), png("other_.png").size());
}

TEST(FileIndex, ForgetsFilesThatAreGoneAndMakesADamagedOneAgain) {
  const PictureFolder folder;
  folder.picture("a.png");
  folder.picture("b.png");
  const auto read = [&](const std::vector<std::string>& names) {
    FileIndex index(folder / "index", {.settle = 0});
    std::vector<std::string> paths;
    for (const std::string& name : names) paths.push_back(folder / name);
    return read_by(paths, index);
  };
  EXPECT_EQ(read({"a.png", "b.png"}), 2 * png("a.png").size());
  EXPECT_EQ(read({"a.png"}), 0U);
  EXPECT_EQ(read({"a.png", "b.png"}), png("b.png").size());
  std::string text = core::read_text(folder / "index");
  text[text.size() / 2] ^= 1;
  folder.write("index", text);
  EXPECT_EQ(read({"a.png", "b.png"}), 2 * png("a.png").size());
  EXPECT_EQ(read({"a.png", "b.png"}), 0U);
}

// 128 MiB are filled by about a million paths, or by fewer long ones.
TEST(FileIndex, KeepsAsManyFilesAsThereAre) {
  const PictureFolder folder;
  constexpr std::uint64_t files = 40'000;
  const std::string ending(3'500, 'x');
  const auto path = [&](std::uint64_t i) { return std::to_string(i) + ending; };
  const Examined found{.kind = FileKind::png, .bytes = 5, .hash = content_hash(std::string(64, 'c')), .stamp = {5}};
  {
    FileIndex index(folder / "index", {.settle = 0});
    index.expect(files, files * ending.size());
    for (std::uint64_t i = 0; i < files; ++i) index.remember(path(i), found);
    index.save();
  }
  EXPECT_GT(std::filesystem::file_size(folder / "index"), std::uint64_t{128} << 20);
  std::vector<std::string> said;
  const auto say = [&](const std::string& text) { said.push_back(text); };
  FileIndex index(folder / "index", {.settle = 0, .say = say});
  index.expect(files, files * ending.size());
  EXPECT_TRUE(index.find(path(files - 1), found.stamp));
  EXPECT_TRUE(said.empty());
  // For a few files it would be out of all proportion.
  FileIndex small(folder / "index", {.settle = 0, .say = say});
  small.expect(10, 1'000);
  EXPECT_FALSE(small.find(path(files - 1), found.stamp));
  EXPECT_EQ(said.size(), 1U);
  small.remember(path(0), found);
  small.save();
  EXPECT_LT(std::filesystem::file_size(folder / "index"), 10'000U);
}

// A kind that wasn't read has no hash: where it is read now, all its pictures would be equal.
TEST(FileIndex, IsMadeAgainWhereOtherKindsAreRead) {
  const PictureFolder folder;
  folder.picture("a.png");
  const std::vector<std::string> paths{folder / "a.png"};
  const Examined real = examine_files(paths, {.threads = 1}).front();
  const Examined earlier{.kind = FileKind::gif, .bytes = real.bytes, .stamp = real.stamp};
  const Records records{{folder / "a.png", encode_examined(earlier)}};
  for (const std::string about : {"", "JPEG is read"}) {
    write_record_file(folder / "index", file_index_kind, about, records);
    FileIndex index(folder / "index", {.settle = 0});
    EXPECT_EQ(examine_files(paths, {.known = &index}).front().hash, real.hash) << about;
  }
}

TEST(FileIndex, TakesNoValueThatItDoesNotWrite) {
  const Examined found{
      .kind = FileKind::webp, .bytes = 5, .hash = content_hash(std::string(64, 'c')), .stamp = {5, -3, 7, 9}};
  const std::string value = encode_examined(found);
  const auto decoded = decode_examined(value);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->stamp, found.stamp);
  EXPECT_EQ(decoded->hash, found.hash);
  EXPECT_EQ(decoded->kind, FileKind::webp);
  EXPECT_FALSE(decode_examined(value + 'x'));
  EXPECT_FALSE(decode_examined(value.substr(1)));
  std::string kind = value;
  kind[32] = 99;
  EXPECT_FALSE(decode_examined(kind));
}

}  // namespace
}  // namespace reslab::pictures
