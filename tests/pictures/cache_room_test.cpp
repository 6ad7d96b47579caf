#include "reslab/pictures/cache_room.h"

#include <gtest/gtest.h>

#include "pictures/made_packs.h"

namespace reslab::pictures {
namespace {

using test::MadePacks;

bool is_there(const std::filesystem::path& file) {
  return std::filesystem::exists(std::filesystem::symlink_status(file));
}

// The time of its last use, as if that had been so long ago.
void age(const std::filesystem::path& file, int hours) {
  std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours));
}

// Each pack has a head, two pictures of a page, and a table: four of them are fewer than 14 pages.
constexpr std::uint64_t room_for_four = 14 * pack_page, room_for_three = 11 * pack_page;

TEST(CacheRoom, LimitHoldsForAllDataSetsAndTheLongestUnusedGoes) {
  const core::TemporaryFolder root;
  MadePacks first("first", root.path()), second("second", root.path()), third("third", root.path());
  first.pack(2, room_for_three);
  second.pack(2, room_for_three);
  // What counts is the last use, not when it was made.
  age(first.file(), 5);
  age(second.file(), 7);
  ASSERT_NE(first.pack(2, room_for_three), nullptr);
  third.pack(2, room_for_three);
  EXPECT_TRUE(is_there(first.file()) && is_there(second.file()) && is_there(third.file()));
  age(first.file(), 5);
  ASSERT_NE(second.pack(2, room_for_three), nullptr);
  EXPECT_TRUE(third.said.empty());
  MadePacks fourth("fourth", root.path());
  ASSERT_NE(fourth.pack(2, room_for_three), nullptr);
  EXPECT_FALSE(is_there(first.file()));
  EXPECT_TRUE(is_there(second.file()) && is_there(third.file()) && is_there(fourth.file()));
  ASSERT_EQ(fourth.said.size(), 1U);
  EXPECT_EQ(fourth.said[0],
            "removed 1 pack of decoded pictures, 12.4 kB, used longest ago, since the picture cache may have 45.1 kB "
            "(--picture-cache SIZE)");
}

TEST(CacheRoom, PackThatIsOpenStays) {
  const core::TemporaryFolder root;
  MadePacks first("first", root.path()), second("second", root.path()), third("third", root.path());
  const auto open = first.pack(2);
  second.pack(2);
  age(first.file(), 9);
  const std::uint64_t room_for_two = 7 * pack_page;
  ASSERT_NE(third.pack(2, room_for_two), nullptr);
  EXPECT_TRUE(is_there(first.file()));
  EXPECT_FALSE(is_there(second.file()));
  // Beside what is in use there may be no room at all.
  MadePacks fourth("fourth", root.path());
  EXPECT_EQ(fourth.pack(2, room_for_two / 2), nullptr);
  ASSERT_EQ(fourth.said.size(), 2U);
  EXPECT_NE(fourth.said[0].find(", beside 12.4 kB that programs are using just now, "), std::string::npos)
      << fourth.said[0];
  EXPECT_TRUE(is_there(first.file()));
  EXPECT_FALSE(is_there(third.file())) << "it isn't in use, and the limit is lower now";
  augment::Image image;
  EXPECT_TRUE(open->read(0, image));
}

TEST(CacheRoom, LowerLimitHoldsForPacksThatAreThere) {
  MadePacks made;
  made.pack(4);
  EXPECT_EQ(made.pack(4, 3 * pack_page), nullptr);
  EXPECT_FALSE(is_there(made.file()));
  EXPECT_EQ(made.said.size(), 2U);
}

TEST(CacheRoom, NothingButPacksGoes) {
  const core::TemporaryFolder root;
  MadePacks made("key", root.path());
  made.pack(2);
  const std::string pack = core::read_text(made.file());
  const std::filesystem::path pictures = made.cache.path().parent_path();
  const std::string name = made.file().filename().string();
  const auto write = [&](const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    core::write_file(file, text);
    age(file, 100);
    return file;
  };
  const std::vector<std::filesystem::path> others{
      write(made.cache.path() / "holiday.pack", pack),                          // another name
      write(made.cache.path() / "training-0123456789abcdef.pack", "my notes"),  // another content
      write(made.cache.path() / "index", pack),
      write(pictures / name, pack),                                        // not in a data set's folder
      write(pictures / "my-own-pictures" / name, pack),                    // nor this
      write(pictures / "0123456789abcdef" / "deeper" / name, pack),        // nor this
      write(root.path() / "elsewhere" / "0123456789abcdef" / name, pack),  // nor this
  };
  std::filesystem::create_symlink(others.back(), made.cache.path() / "training-00000000000000aa.pack");
  std::filesystem::create_directory_symlink(others.back().parent_path(), pictures / "00000000000000aa");
  const Removed removed = CacheRoom(pictures).make({.limit = 0});
  EXPECT_EQ(removed.packs, 1U);
  EXPECT_EQ(removed.bytes, pack.size());
  EXPECT_FALSE(is_there(made.file()));
  for (const std::filesystem::path& file : others) EXPECT_TRUE(is_there(file)) << file;
  EXPECT_TRUE(is_there(made.cache.path() / "training-00000000000000aa.pack"));
}

TEST(CacheRoom, WhatAKilledWriterLeftGoesAndWhatIsBeingWrittenCounts) {
  MadePacks made;
  made.pack(2);
  const std::filesystem::path left = made.file().string() + ".1.0.part";  // process 1 lives
  core::write_file(left, std::string(1000, 'x'));
  {
    const std::unique_ptr<core::FileLock> lock = made.cache.lock();
    CacheRoom room(made.cache.path().parent_path());
    EXPECT_TRUE(is_there(left));
    EXPECT_EQ(room.bytes_in_use({}), 1000U);
    room.make({.limit = 0});
    EXPECT_TRUE(is_there(left));
  }
  EXPECT_EQ(CacheRoom(made.cache.path().parent_path()).bytes_in_use({}), 0U);
  EXPECT_FALSE(is_there(left));
}

}  // namespace
}  // namespace reslab::pictures
