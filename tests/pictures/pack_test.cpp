#include "reslab/pictures/pack.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pictures/drawn.h"
#include "reslab/core/crc32c.h"
#include "reslab/core/hash.h"

namespace reslab::pictures {
namespace {

using test::drawn;

ContentHash hash_of(int i) {
  const std::string text = std::to_string(i);
  return content_hash(core::sha256(std::as_bytes(std::span(text))));
}

const std::vector<augment::Image>& images() {
  static const std::vector<augment::Image> list{drawn(3, 5, 3, 1), drawn(64, 64, 1, 2), drawn(41, 100, 3, 3)};
  return list;
}

// A pack of images(), the i-th under hash_of(i).
std::string pack_text(const std::string& about) {
  std::string text = pack_head(about);
  std::vector<PackEntry> entries;
  for (const augment::Image& image : images()) {
    PackEntry entry{.hash = hash_of(static_cast<int>(entries.size())),
                    .offset = text.size(),
                    .height = static_cast<std::uint32_t>(image.height),
                    .width = static_cast<std::uint32_t>(image.width),
                    .channels = static_cast<std::uint32_t>(image.channels)};
    std::string slot(image.pixels.begin(), image.pixels.end());
    slot.resize(entry.slot_bytes());
    entry.checksum = core::crc32c(std::as_bytes(std::span(slot)));
    text += slot;
    entries.push_back(entry);
  }
  return text + pack_tail(entries);
}

// How many images of the pack are read as they were written; −1 where it isn't opened at all. Others must be refused.
int good_images(const std::filesystem::path& path) {
  const std::shared_ptr<const Pack> pack = Pack::open(path, "about");
  if (pack == nullptr) return -1;
  int good = 0;
  for (std::size_t i = 0; i < images().size(); ++i) {
    augment::Image image;
    const auto place = pack->find(hash_of(static_cast<int>(i)));
    if (!place || !pack->read(*place, image)) continue;
    EXPECT_EQ(image.pixels, images()[i].pixels);
    EXPECT_EQ(image.height, images()[i].height);
    EXPECT_EQ(image.width, images()[i].width);
    EXPECT_EQ(image.channels, images()[i].channels);
    ++good;
  }
  return good;
}

TEST(Pack, NoticesAFlippedBitAnywhere) {
  const test::PictureFolder folder;
  const std::string text = pack_text("about");
  folder.write("pack", text);
  ASSERT_EQ(good_images(folder / "pack"), 3);
  for (std::size_t place = 0; place < text.size(); place += place < 64 || place + 300 > text.size() ? 1 : 61) {
    std::string flipped = text;
    flipped[place] = static_cast<char>(flipped[place] ^ (1 << place % 8));
    folder.write("pack", flipped);
    const int good = good_images(folder / "pack");
    EXPECT_TRUE(good == 2 || good == -1) << place << ": " << good;
    EXPECT_EQ(std::filesystem::exists(folder / "pack"), good == -1) << "a damaged slot takes the file away";
  }
}

TEST(Pack, IsNoneWhereItIsCutOrOfOtherOptions) {
  const test::PictureFolder folder;
  const std::string text = pack_text("about");
  for (std::size_t size = 0; size < text.size(); size += 509) {
    folder.write("pack", text.substr(0, size));
    EXPECT_EQ(Pack::open(folder / "pack", "about"), nullptr) << size;
  }
  folder.write("pack", text + text.substr(text.size() - 32));
  EXPECT_EQ(Pack::open(folder / "pack", "about"), nullptr) << "something behind it";
  folder.write("pack", text);
  EXPECT_NE(Pack::open(folder / "pack", "about"), nullptr);
  EXPECT_EQ(Pack::open(folder / "pack", "About"), nullptr);
  EXPECT_EQ(Pack::open(folder / "gone", "about"), nullptr);
  EXPECT_EQ(Pack::open(folder.path(), "about"), nullptr);
}

TEST(Pack, SurvivesACutWhileItIsOpenAndSaysSoOnce) {
  const test::PictureFolder folder;
  folder.write("pack", pack_text("about"));
  std::vector<std::string> said;
  const auto pack = Pack::open(folder / "pack", "about", [&](const std::string& text) { said.push_back(text); });
  ASSERT_NE(pack, nullptr);
  augment::Image image;
  EXPECT_TRUE(pack->read(0, image));
  EXPECT_TRUE(pack->read(2, image));
  std::filesystem::resize_file(folder / "pack", 3 * pack_page);
  EXPECT_TRUE(pack->read(0, image)) << "still there";
  EXPECT_FALSE(pack->read(2, image));
  EXPECT_FALSE(pack->read(2, image));
  EXPECT_EQ(said.size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(folder / "pack"));
}

TEST(Pack, LeavesTheFileThatAnotherProcessPutThere) {
  const test::PictureFolder folder;
  std::string text = pack_text("about");
  text[pack_page] ^= 1;
  folder.write("pack", text);
  const auto pack = Pack::open(folder / "pack", "about");
  folder.write("new", pack_text("about"));
  std::filesystem::rename(folder / "new", folder / "pack");
  augment::Image image;
  EXPECT_FALSE(pack->read(0, image));
  EXPECT_EQ(good_images(folder / "pack"), 3);
}

// Behind right checksums: slots that lie outside, or on each other, or are larger than any number.
TEST(Pack, RefusesATableThatDoesNotFillTheFile) {
  const auto parses = [](PackEntry entry, std::size_t slots) {
    entry.hash = hash_of(1);
    const std::string text = pack_head("about") + std::string(slots * pack_page, '\0') + pack_tail(std::array{entry});
    return parse_pack(std::as_bytes(std::span(text)), "about").has_value();
  };
  EXPECT_TRUE(parses({.offset = pack_page, .height = 1, .width = 1, .channels = 1}, 1));
  EXPECT_FALSE(parses({.offset = pack_page, .height = 1, .width = 1, .channels = 1}, 2));
  EXPECT_FALSE(parses({.offset = 0, .height = 1, .width = 1, .channels = 1}, 1));
  EXPECT_FALSE(parses({.offset = pack_page, .height = 0, .width = 1, .channels = 1}, 0));
  EXPECT_FALSE(parses({.offset = pack_page, .height = 1U << 31, .width = 1U << 31, .channels = 4}, 1));
  EXPECT_FALSE(parses({.offset = pack_page, .height = 1, .width = 1, .channels = 5}, 1));
  const PackEntry twice{.offset = 2 * pack_page, .height = 1, .width = 1, .channels = 1};
  const std::string text = pack_head("about") + std::string(2 * pack_page, '\0') + pack_tail(std::array{twice, twice});
  EXPECT_FALSE(parse_pack(std::as_bytes(std::span(text)), "about").has_value());
}

}  // namespace
}  // namespace reslab::pictures
