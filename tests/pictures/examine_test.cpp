#include "reslab/pictures/examine.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "pictures/support.h"
#include "reslab/core/hash.h"

namespace reslab::pictures {
namespace {

using test::PictureFolder;
using test::png;

TEST(Examine, HashesPicturesOfAnySizeWhole) {
  const PictureFolder folder;
  std::vector<std::string> paths, contents;
  // Around the sizes at which reading goes on in another piece.
  for (const std::size_t size : {8U, 1023U, 1024U, 1025U, 262'143U, 262'144U, 262'145U, 524'288U, 700'000U}) {
    std::string content = png("");
    while (content.size() < size) content += static_cast<char>(content.size() * 7 % 251);
    paths.push_back(folder / std::to_string(size));
    folder.write(std::to_string(size), content);
    contents.push_back(content);
  }
  for (const int threads : {1, 3, 40}) {
    std::vector<Progress> told;
    const std::vector<Examined> found = examine_files(
        paths, {.threads = threads, .progress = [&](const Progress& progress) { told.push_back(progress); }});
    ASSERT_EQ(found.size(), paths.size());
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      EXPECT_EQ(found[i].hash.hex(), core::sha256(std::as_bytes(std::span(contents[i])))) << contents[i].size();
      EXPECT_EQ(found[i].bytes, contents[i].size());
      EXPECT_EQ(found[i].kind, FileKind::png);
      EXPECT_EQ(found[i].error, 0);
      EXPECT_EQ(told[i].files, i + 1);
      bytes += contents[i].size();
    }
    EXPECT_EQ(told.back().bytes, bytes);
    EXPECT_EQ(told.back().of, paths.size());
  }
}

TEST(Examine, SaysWhatFilesAreThatAreNoPictures) {
  const PictureFolder folder;
  folder.write("empty.png", "");
  folder.write("text.jpg", std::string(5000, 'x'));
  folder.write("anim.png", "GIF89a" + std::string(5000, 'x'));
  folder.folder("folder.png");
  ASSERT_EQ(::mkfifo((folder / "pipe.png").c_str(), 0600), 0);
  folder.link("folder.png/../text.jpg", "link.png");
  const std::vector<std::string> paths{folder / "empty.png",  folder / "text.jpg",   folder / "anim.png",
                                       folder / "folder.png", folder / "pipe.png",   folder / "link.png",
                                       folder / "gone.png",   folder / "text.jpg/x", "/dev/zero"};
  const std::vector<Examined> found = examine_files(paths, {.threads = 2});
  EXPECT_EQ(found[0].kind, FileKind::empty);
  EXPECT_EQ(found[1].kind, FileKind::other);
  EXPECT_EQ(found[1].bytes, 5000U);
  EXPECT_EQ(found[1].hash, ContentHash{}) << "read no further than its head";
  EXPECT_EQ(found[2].kind, FileKind::gif);
  EXPECT_EQ(found[3].kind, FileKind::special);
  EXPECT_EQ(found[4].kind, FileKind::special);
  EXPECT_EQ(found[5].kind, FileKind::other);
  EXPECT_EQ(found[6].error, ENOENT);
  EXPECT_EQ(found[7].error, ENOTDIR);
  EXPECT_EQ(found[8].kind, FileKind::special);
}

TEST(Examine, EndsByWhatProgressThrows) {
  const PictureFolder folder;
  std::vector<std::string> paths;
  for (int i = 0; i < 300; ++i) {
    folder.picture(std::to_string(i));
    paths.push_back(folder / std::to_string(i));
  }
  std::size_t files = 0;
  const auto stop = [&](const Progress& progress) {
    files = progress.files;
    if (progress.files != 5) return;
    // Others wait to tell theirs by now.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    throw std::runtime_error("stopped");
  };
  EXPECT_THROW(examine_files(paths, {.threads = 8, .progress = stop}), std::runtime_error);
  EXPECT_EQ(files, 5U);
  EXPECT_TRUE(examine_files({}, {.threads = 4}).empty());
}

}  // namespace
}  // namespace reslab::pictures
