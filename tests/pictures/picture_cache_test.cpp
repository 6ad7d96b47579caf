// The cache of opened pictures: damaged, cut, refused by the system, too large, wanted by several processes.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "pictures/drawn.h"
#include "reslab/core/crc32c.h"
#include "reslab/core/file_calls.h"
#include "reslab/core/hash.h"
#include "reslab/pictures/pack_layout.h"
#include "reslab/pictures/pack_maker.h"
#include "support/faulty_files.h"

namespace reslab::pictures {
namespace {

using test::all_pixels;
using test::DrawnFolder;
using test::jpeg_file;

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
  EXPECT_EQ(folder.said.size(), 1U);
}

// Beside a pack that is in use, what an earlier pack has is kept only where what is wanted leaves room.
TEST(PictureCache, KeepsEarlierPicturesOnlyInTheRoomThatWantedOnesLeave) {
  const test::PictureFolder folder;
  std::vector<std::string> said;
  CacheFolder cache(folder.path() / "cache", "key", [&](const std::string& text) { said.push_back(text); });
  PackContent content{.form = least_side_form(0), .decode = {.channels = 3}};
  for (int i = 0; i < 4; ++i) {
    const std::string name = std::to_string(i) + ".png", text = test::png_file(30, 26, i);
    folder.write(name, text);
    content.wanted.push_back({.path = folder / name,
                              .content = {.hash = content_hash(core::sha256(std::as_bytes(std::span(text))))},
                              .size = {30, 26},
                              .format = image::Format::png});
    content.may_stay.push_back(content.wanted.back().content.hash);
  }
  const PackPicture added = content.wanted.back();
  content.wanted.pop_back();
  ASSERT_NE(find_or_make_pack(cache, content, {.limit = 100 * pack_page}), nullptr);
  content.wanted = {added};
  const std::filesystem::path other = cache.path() / "other.pack";
  core::write_file(other, std::string(pack_page * 3 / 2, 'x'));
  const auto pack = find_or_make_pack(cache, content, {.limit = 4 * pack_page, .in_use = {other}});
  ASSERT_NE(pack, nullptr);
  EXPECT_TRUE(pack->find(added.content.hash)) << "a head, a picture and the other pack are fewer than four pages";
  EXPECT_TRUE(said.empty()) << said.front();
  EXPECT_TRUE(std::filesystem::exists(other));
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
