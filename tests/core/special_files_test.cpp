// Links, pipes, devices and folders where a file should be.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include "core/support.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/file_calls.h"
#include "support/message.h"

namespace reslab::core {
namespace {

using support::contains;
using test::refusal_of;
using test::TestFolder;

// Everything that isn't a file under its own name, beside a file "dear" of one line and a half.
class SpecialFiles : public ::testing::Test {
 protected:
  SpecialFiles() {
    write_file(folder / "dear", "one\ntw");
    std::filesystem::create_symlink("dear", folder / "link");
    std::filesystem::create_symlink("missing", folder / "dangling");
    std::filesystem::create_directory(folder / "folder");
    std::filesystem::create_directory_symlink("folder", folder / "link to a folder");
    std::filesystem::create_symlink("/dev/null", folder / "link to a device");
    EXPECT_EQ(::mkfifo((folder / "pipe").c_str(), 0666), 0);
  }

  void expect_refused(const std::filesystem::path& path, const std::string& says) const {
    const auto check = [&](const std::string& message) {
      EXPECT_TRUE(contains(message, "could not write " + path.string() + ": it is " + says)) << message;
    };
    check(refusal_of([&] { AppendFile(path).append("x"); }));
    check(refusal_of([&] { cut_torn_line(path); }));
    check(refusal_of([&] { cut_file(path, 1); }));
    check(refusal_of([&] { const FileLock lock(path); }));
    check(refusal_of([&] { static_cast<void>(FileLock::try_lock(path)); }));
    check(refusal_of([&] { check_own_file(path); }));
  }

  const TestFolder folder;
};

TEST_F(SpecialFiles, are_never_added_to_nor_cut_nor_locked) {
  const auto entries = folder.size();
  for (const char* link : {"link", "dangling", "link to a folder", "link to a device"})
    expect_refused(folder / link, "a link");
  expect_refused(folder / "folder", "a folder");
  expect_refused(folder / "pipe", "a pipe");
  expect_refused("/dev/null", "a device");
  EXPECT_EQ(read_text(folder / "dear"), "one\ntw");
  EXPECT_EQ(folder.size(), entries) << "nothing was made where a link leads";
  errno = 0;
  EXPECT_EQ(file_calls().truncate((folder / "link").c_str(), 0), -1);
  EXPECT_EQ(errno, ELOOP);
  EXPECT_EQ(read_text(folder / "dear"), "one\ntw");
}

TEST_F(SpecialFiles, are_followed_where_the_user_named_them) {
  AppendFile(folder / "link", Special::follow).append("o\n");
  EXPECT_EQ(read_text(folder / "dear"), "one\ntwo\n");
}

TEST_F(SpecialFiles, are_replaced_by_a_whole_file) {
  for (const char* name : {"link", "dangling", "link to a folder", "link to a device", "pipe"}) {
    write_file(folder / name, "whole");
    EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(folder / name))) << name;
    EXPECT_EQ(read_text(folder / name), "whole");
  }
  EXPECT_EQ(read_text(folder / "dear"), "one\ntw");
}

TEST_F(SpecialFiles, stand_for_no_folder) {
  EXPECT_EQ(refusal_of([&] { check_own_folder(folder / "folder"); }), "");
  EXPECT_EQ(refusal_of([&] { check_own_folder(folder / "missing"); }), "");
  for (const char* name : {"link to a folder", "dangling", "dear", "pipe"})
    EXPECT_TRUE(contains(refusal_of([&] { check_own_folder(folder / name); }), "a folder of that name, or nothing"))
        << name;
}

// A pipe that nobody writes to would hold the program up for ever.
TEST_F(SpecialFiles, are_not_waited_for) {
  EXPECT_THROW(read_text(folder / "pipe"), DamagedFile);
  EXPECT_THROW(core::copy_file(folder / "pipe", folder / "copy"), DamagedFile);
  EXPECT_FALSE(std::filesystem::exists(folder / "copy"));
}

TEST_F(SpecialFiles, a_pipe_that_a_shell_gives_is_read) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  std::thread writer([&] {
    // Later than the reader, which has to wait.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(::write(ends[1], "text", 4), 4);
    ::close(ends[1]);
  });
  EXPECT_EQ(read_text("/dev/fd/" + std::to_string(ends[0])), "text");
  writer.join();
  ::close(ends[0]);
}

}  // namespace
}  // namespace reslab::core
