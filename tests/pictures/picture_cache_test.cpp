// The cache of opened pictures: damaged, cut, refused by the system, too large, wanted by several processes.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "pictures/drawn.h"
#include "pictures/made_packs.h"
#include "reslab/core/crc32c.h"
#include "reslab/core/file_calls.h"
#include "reslab/pictures/pack_layout.h"
#include "support/faulty_files.h"

namespace reslab::pictures {
namespace {

using test::all_pixels;
using test::DrawnFolder;
using test::jpeg_file;
using test::MadePacks;

TEST(PictureCache, CopiesWhatAnEarlierPackHas) {
  DrawnFolder folder;
  open_pictures(folder.options());
  // What is copied can be told from what is decoded by a mark in its slot, under a right checksum.
  const std::filesystem::path pack = folder.cache_files("training").at(0);
  std::string text = core::read_text(pack);
  const std::string slot(pack_page, 'm');
  const std::size_t entry = text.size() - pack_trailer_bytes - 4 * pack_entry_bytes;
  std::vector<PackEntry> entries =
      parse_pack(std::as_bytes(std::span(text)),
                 text.substr(16, static_cast<unsigned char>(text[12]) + 256U * static_cast<unsigned char>(text[13])))
          .value();
  ASSERT_EQ(entries[0].slot_bytes(), pack_page);
  entries[0].checksum = core::crc32c(std::as_bytes(std::span(slot)));
  text.replace(pack_page, pack_page, slot);
  text.resize(entry);
  core::write_file(pack, text + pack_tail(entries));
  folder.write("train/b/zzz.jpg", jpeg_file(50, 50, 30));
  const OpenedPictures opened = open_pictures(folder.options());
  augment::Image image;
  opened.source->reader()->read(opened.splits.train.id(0), {.least_side = test::small_side}, image);
  EXPECT_EQ(image.pixels[0], 'm');
}

TEST(PictureCache, MakesADamagedCacheAgain) {
  DrawnFolder folder;
  const std::vector<std::string> expected = all_pixels(*open_pictures(folder.options()).source);
  int told = 0;
  for (const std::string name : {"training", "evaluation", "facts", "index"})
    for (const double place : {0.0, 0.01, 0.3, 0.5, 0.7, 0.99, 0.9999}) {
      const std::filesystem::path file = folder.cache_files(name).at(0);
      const auto size = static_cast<double>(std::filesystem::file_size(file));
      test::flip_byte(file, static_cast<std::size_t>(place * size));
      folder.said.clear();
      const OpenedPictures opened = open_pictures(folder.options());
      EXPECT_EQ(all_pixels(*opened.source), expected) << name << " at " << place;
      EXPECT_EQ(opened.decoded, name == "facts" ? 12U : 0U);
      EXPECT_LE(folder.said.size(), 1U) << "told once";
      told += static_cast<int>(folder.said.size());
      // Cut, and not there at all.
      std::filesystem::resize_file(folder.cache_files("facts").at(0), static_cast<std::uintmax_t>(100 * place));
      EXPECT_EQ(all_pixels(*open_pictures(folder.options()).source), expected);
      EXPECT_EQ(folder.cache_files(name).size(), 1U);
    }
  EXPECT_GT(told, 4);
  folder.said.clear();
  EXPECT_EQ(all_pixels(*open_pictures(folder.options()).source), expected);
  EXPECT_TRUE(folder.said.empty());
}

TEST(PictureCache, GoesOnWhereTheCacheCanNotBeWritten) {
  DrawnFolder folder;
  const std::vector<std::string> expected = all_pixels(*open_pictures(folder.options(false)).source);
  OpenOptions options = folder.options();
  options.cache = folder / "train/a/traina1.jpg";  // a file: no folder can be made there
  EXPECT_EQ(all_pixels(*open_pictures(options).source), expected);
  EXPECT_EQ(folder.said.size(), 1U) << folder.said.back();
}

TEST(PictureCache, GoesOnWhereTheDiskIsFull) {
  const std::vector<std::string> expected = all_pixels(*open_pictures(DrawnFolder().options(false)).source);
  long refused = 0;
  for (const support::Fault fault : {support::Fault::disk_full, support::Fault::no_space, support::Fault::read_only})
    for (long at = 0; at < 45; at += 5) {
      DrawnFolder folder;
      support::FaultyFiles files({.fault = fault, .at = at});
      {
        const core::ReplacedFileCalls replaced(files);
        const OpenedPictures opened = open_pictures(folder.options());
        EXPECT_EQ(all_pixels(*opened.source), expected) << at;
        EXPECT_LE(folder.said.size(), 1U);
        refused += static_cast<long>(folder.said.size());
      }
      EXPECT_EQ(all_pixels(*open_pictures(folder.options()).source), expected) << "once there is room again";
    }
  EXPECT_GT(refused, 10);
}

TEST(PictureCache, PacksNothingBeyondTheLimit) {
  DrawnFolder folder;
  const std::vector<std::string> expected = all_pixels(*open_pictures(folder.options(false)).source);
  OpenOptions options = folder.options();
  options.fit = {};
  options.cache_limit = 10'000;
  EXPECT_EQ(all_pixels(*open_pictures(options).source), expected);
  EXPECT_EQ(folder.said.size(), 1U);
  EXPECT_TRUE(folder.cache_files("training").empty());
  options.cache_limit = 0;
  open_pictures(options);
  EXPECT_EQ(folder.said.size(), 1U) << "off is no news";
  // Room is made by the oldest packs.
  options.cache_limit = 50'000;
  for (const int side : {18, 17, 16}) {
    options.least_side = side;
    open_pictures(options);
  }
  const auto packs = folder.cache_files("training");
  EXPECT_EQ(packs.size(), 2U);
  ASSERT_EQ(folder.said.size(), 2U);
  EXPECT_NE(folder.said[1].find("removed 1 pack of decoded pictures"), std::string::npos) << folder.said[1];
}

// Beside a pack that is in use, what an earlier pack has is kept only where what is wanted leaves room.
TEST(PictureCache, KeepsEarlierPicturesOnlyInTheRoomThatWantedOnesLeave) {
  MadePacks made;
  ASSERT_NE(made.pack(3), nullptr);
  made.content.form = least_side_form(7);
  const auto other = made.pack(1);
  made.content.form = least_side_form(0);
  made.content.wanted = {made.all.back()};
  const auto pack = find_or_make_pack(made.cache, made.content, {.limit = 5 * pack_page, .say = made.say});
  ASSERT_NE(pack, nullptr);
  EXPECT_TRUE(pack->find(made.all.back().content.hash)) << "twice a head and a picture are fewer than five pages";
  EXPECT_EQ(pack->entries().size(), 1U);
  EXPECT_TRUE(made.said.empty()) << made.said.front();
  EXPECT_TRUE(std::filesystem::exists(made.file()));
}

TEST(PictureCache, MakesOnePackForTwoProcesses) {
  DrawnFolder folder;
  std::atomic<int> packed{0};
  std::vector<std::vector<std::string>> pixels(4);
  {
    std::vector<std::jthread> processes;
    for (std::vector<std::string>& mine : pixels)
      processes.emplace_back([&] {
        OpenOptions options = folder.options();
        options.say = {};
        options.progress = [&](std::string_view stage, const Progress& progress) {
          if (stage == "packing" && progress.files == progress.of) ++packed;
        };
        mine = all_pixels(*open_pictures(options).source);
      });
  }
  EXPECT_EQ(packed, 2) << "training's and evaluation's";
  for (const std::vector<std::string>& mine : pixels) EXPECT_EQ(mine, pixels[0]);
}

// Neither the index nor the facts can be kept, but what is there is used.
TEST(PictureCache, IsReadWhereItCanNotBeWritten) {
  DrawnFolder folder;
  open_pictures(folder.options());
  folder.write("train/b/new.jpg", jpeg_file(50, 50, 30));
  support::FaultyFiles files({.fault = support::Fault::read_only, .at = 0});
  const core::ReplacedFileCalls replaced(files);
  const OpenedPictures opened = open_pictures(folder.options());
  EXPECT_EQ(opened.decoded, 1U);
  EXPECT_EQ(folder.said.size(), 1U);
  std::filesystem::rename(folder / "test", folder / "gone");
  augment::Image image;
  opened.source->reader()->read_fitted(opened.splits.test.id(0), test::small_fit, image);
  EXPECT_EQ(image.height, 16) << "from the pack";
}

}  // namespace
}  // namespace reslab::pictures
