#include "reslab/core/file.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "core/support.h"
#include "reslab/core/error.h"
#include "support/message.h"

namespace reslab::core {
namespace {

using support::contains;
using test::refusal_of;
using test::TestFolder;

TEST(DurableFile, appears_whole_at_commit) {
  const TestFolder folder;
  DurableFile file(folder / "a");
  file.write("first ");
  file.write(std::as_bytes(std::span("second", 6)));
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
  file.commit();
  EXPECT_EQ(read_text(folder / "a"), "first second");
  EXPECT_EQ(folder.size(), 1);
}

TEST(DurableFile, leaves_nothing_behind_without_commit) {
  const TestFolder folder;
  {
    DurableFile file(folder / "a");
    file.write("lost");
    EXPECT_EQ(folder.size(), 1);
  }
  EXPECT_EQ(folder.size(), 0);
}

TEST(DurableFile, replaces_an_old_file_only_at_commit) {
  const TestFolder folder;
  write_file(folder / "a", "old");
  { DurableFile(folder / "a").write("discarded"); }
  EXPECT_EQ(read_text(folder / "a"), "old");
  DurableFile file(folder / "a");
  file.write("new");
  EXPECT_EQ(read_text(folder / "a"), "old");
  file.commit();
  EXPECT_EQ(read_text(folder / "a"), "new");
  EXPECT_EQ(folder.size(), 1);
}

TEST(DurableFile, replaces_atomically) {
  // Whoever has the old file open goes on reading the old one: the name moved to another file.
  const TestFolder folder;
  write_file(folder / "a", "old");
  struct stat before {
  }, after{};
  ASSERT_EQ(::stat((folder / "a").c_str(), &before), 0);
  std::filesystem::create_hard_link(folder / "a", folder / "still open");
  write_file(folder / "a", "new");
  ASSERT_EQ(::stat((folder / "a").c_str(), &after), 0);
  EXPECT_NE(before.st_ino, after.st_ino);
  EXPECT_EQ(read_text(folder / "still open"), "old");
}

TEST(DurableFile, is_not_stopped_by_what_a_killed_process_of_the_same_id_left) {
  const TestFolder folder;
  for (int count = 0; count < 100; ++count)
    AppendFile(folder / concatenate("a.", ::getpid(), ".", count, ".part")).append("left");
  write_file(folder / "a", "whole");
  EXPECT_EQ(read_text(folder / "a"), "whole");
  EXPECT_EQ(folder.size(), 101);
}

TEST(DurableFile, names_the_path_when_it_cannot_be_made) {
  const TestFolder folder;
  write_file(folder / "file", "");
  const std::string below_file = refusal_of([&] { DurableFile(folder / "file/a"); });
  EXPECT_TRUE(contains(below_file, (folder / "file/a").string())) << below_file;
  EXPECT_TRUE(contains(below_file, "Not a directory")) << below_file;
  EXPECT_TRUE(contains(refusal_of([&] { DurableFile(folder / "missing/a"); }), "check the path"));
  EXPECT_EQ(folder.size(), 1);
}

TEST(DurableFile, fails_at_commit_when_the_name_is_a_folders) {
  const TestFolder folder;
  make_directories(folder / "a");
  const std::string message = refusal_of([&] { write_file(folder / "a", "text"); });
  EXPECT_TRUE(contains(message, "Is a directory")) << message;
  EXPECT_EQ(folder.size(), 1);
}

// No file of this process may grow beyond `bytes`, as on a full disk.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limited{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(DurableFile, keeps_the_old_file_when_there_is_no_room) {
  const TestFolder folder;
  write_file(folder / "a", "old");
  std::string message;
  {
    const SizeLimit limit(1000);
    DurableFile file(folder / "a");
    message = refusal_of([&] { file.write(std::string(100'000, 'x')); });
    EXPECT_EQ(folder.size(), 1) << "the temporary file is gone at once";
  }
  EXPECT_TRUE(contains(message, "could not write " + (folder / "a").string())) << message;
  EXPECT_TRUE(contains(message, "File too large")) << message;
  EXPECT_EQ(read_text(folder / "a"), "old");
}

TEST(DurableFile, takes_nothing_after_commit) {
  const TestFolder folder;
  DurableFile file(folder / "a");
  file.commit();
  EXPECT_THROW(file.write("more"), InternalError);
  EXPECT_THROW(file.commit(), InternalError);
}

TEST(AppendFile, adds_to_what_is_there_at_once) {
  const TestFolder folder;
  AppendFile first(folder / "log");
  first.append("1\n");
  EXPECT_EQ(read_text(folder / "log"), "1\n");
  AppendFile(folder / "log").append("2\n");
  first.append("3\n");
  EXPECT_EQ(read_text(folder / "log"), "1\n2\n3\n");
}

TEST(AppendFile, explains_a_full_disk) {
  AppendFile file("/dev/full", Special::follow);
  const std::string message = refusal_of([&] { file.append("text"); });
  EXPECT_TRUE(contains(message, "could not write /dev/full: No space left on device")) << message;
  EXPECT_TRUE(contains(message, "free some space")) << message;
}

TEST(AppendFile, names_the_path_when_it_cannot_be_opened) {
  const TestFolder folder;
  EXPECT_TRUE(contains(refusal_of([&] { AppendFile(folder / "missing/log"); }), "missing/log"));
}

TEST(CutTornLine, leaves_whole_lines) {
  const TestFolder folder;
  const auto cut = [&](const std::string& text) {
    write_file(folder / "log", text);
    cut_torn_line(folder / "log");
    return read_text(folder / "log");
  };
  EXPECT_EQ(cut("one\ntw"), "one\n");
  EXPECT_EQ(cut("one\ntwo\n"), "one\ntwo\n");
  EXPECT_EQ(cut("tor"), "");
  EXPECT_EQ(cut(""), "");
  cut_torn_line(folder / "missing");
  EXPECT_FALSE(std::filesystem::exists(folder / "missing"));
}

TEST(ReadBytes, reads_up_to_its_limit) {
  const TestFolder folder;
  write_file(folder / "a", "12345");
  write_file(folder / "empty", "");
  EXPECT_EQ(read_bytes(folder / "a", 5).size(), 5U);
  EXPECT_EQ(read_text(folder / "a", 5), "12345");
  EXPECT_EQ(read_bytes(folder / "empty", 0).size(), 0U);
  const std::string message = refusal_of([&] { read_bytes(folder / "a", 4); });
  EXPECT_TRUE(contains(message, "at most 4 bytes")) << message;
}

TEST(ReadBytes, limits_files_that_tell_no_size) {
  EXPECT_TRUE(contains(refusal_of([] { read_bytes("/dev/zero", 100'000); }), "at most 100000 bytes"));
  EXPECT_GT(read_text("/proc/self/status").size(), 0U);
}

TEST(ReadBytes, refuses_what_is_no_readable_file) {
  const TestFolder folder;
  EXPECT_TRUE(contains(refusal_of([&] { read_bytes(folder / "missing", 10); }), "No such file"));
  EXPECT_TRUE(contains(refusal_of([&] { read_bytes(folder.path(), 1 << 20); }), "Is a directory"));
}

TEST(RefuseRead, tells_a_damaged_file_from_one_that_the_system_keeps_shut) {
  for (const int damage : {EIO, EUCLEAN, EBADMSG, ENOENT, EISDIR})
    EXPECT_THROW(refuse_read("read a", damage), DamagedFile) << damage;
  for (const int refusal : {EACCES, EPERM, ENFILE, EMFILE, ENOMEM, ELOOP, ESTALE}) try {
      refuse_read("read a", refusal);
    } catch (const UserError& error) {
      EXPECT_EQ(dynamic_cast<const DamagedFile*>(&error), nullptr) << refusal;
    }
}

TEST(MakeDirectories, makes_all_that_are_missing) {
  const TestFolder folder;
  make_directories(folder / "a/b/c");
  make_directories(folder / "a/b/c");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "a/b/c"));
  write_file(folder / "file", "");
  EXPECT_TRUE(contains(refusal_of([&] { make_directories(folder / "file/a"); }), "make the folder"));
}

// A child process that locks `path` and writes to a pipe: 'w' when it has to wait, 'l' when it has the lock. Then it
// keeps the lock until it is killed.
class Locker {
 public:
  explicit Locker(const std::filesystem::path& path) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    child_ = ::fork();
    if (child_ == 0) {
      report_to_ = ends[1];
      const FileLock lock(path, [] { report('w'); });
      report('l');
      for (;;) ::pause();
    }
    ::close(ends[1]);
    from_ = ends[0];
  }
  ~Locker() {
    kill();
    ::close(from_);
  }
  Locker(const Locker&) = delete;
  Locker& operator=(const Locker&) = delete;

  /// What it reports within the time, '-' if nothing.
  char report_within(int milliseconds) {
    pollfd waiting{from_, POLLIN, 0};
    char what = '-';
    if (::poll(&waiting, 1, milliseconds) == 1 && ::read(from_, &what, 1) != 1) what = '-';
    return what;
  }

  void kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }

 private:
  static void report(char what) {
    if (::write(report_to_, &what, 1) != 1) ::_exit(1);
  }
  static inline int report_to_ = -1;  // FileLock calls back without an argument

  pid_t child_ = -1;
  int from_ = -1;
};

TEST(FileLock, makes_another_process_wait) {
  const TestFolder folder;
  auto mine = std::make_unique<FileLock>(folder / "lock");
  Locker other(folder / "lock");
  EXPECT_EQ(other.report_within(10'000), 'w');
  EXPECT_EQ(other.report_within(100), '-');
  mine.reset();
  EXPECT_EQ(other.report_within(10'000), 'l');
}

TEST(FileLock, is_freed_when_its_process_is_killed) {
  const TestFolder folder;
  Locker first(folder / "lock");
  ASSERT_EQ(first.report_within(10'000), 'l');
  Locker second(folder / "lock");
  ASSERT_EQ(second.report_within(10'000), 'w');
  first.kill();
  EXPECT_EQ(second.report_within(10'000), 'l');
}

TEST(FileLock, names_the_path_when_it_cannot_be_made) {
  const TestFolder folder;
  EXPECT_TRUE(contains(refusal_of([&] { FileLock(folder / "missing/lock"); }), "missing/lock"));
}

TEST(CopyFile, copies_and_says_what_is_missing) {
  const TestFolder folder;
  const std::string text(3'000'000, 'x');
  write_file(folder / "a", text + "end");
  core::copy_file(folder / "a", folder / "b");
  EXPECT_EQ(read_text(folder / "b"), text + "end");
  EXPECT_TRUE(contains(refusal_of([&] { core::copy_file(folder / "c", folder / "d"); }), "c: No such file"));
  EXPECT_EQ(folder.size(), 2);
}

TEST(MakeDirectory, tells_a_new_folder_from_an_old_one) {
  const TestFolder folder;
  EXPECT_TRUE(make_directory(folder / "a"));
  EXPECT_FALSE(make_directory(folder / "a"));
  EXPECT_TRUE(contains(refusal_of([&] { make_directory(folder / "b" / "c"); }), "No such file"));
  make_directories(folder / "d" / "e" / "");
  make_directories(folder / "d" / "e");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "d" / "e"));
  write_file(folder / "file", "");
  EXPECT_TRUE(contains(refusal_of([&] { make_directories(folder / "file" / "f"); }), "Not a directory"));
}

TEST(RemoveUnfinished, takes_only_what_a_durable_file_left) {
  const TestFolder folder;
  // Of a process that can't be, of this one, and of one that lives: that may still be writing.
  const std::string living = concatenate("c.", ::getppid(), ".0.part");
  for (const std::string& name :
       {std::string("a.safetensors.99999999.0.part"), concatenate("b.", ::getpid(), ".22.part"), living}) {
    write_file(folder / name, "half");
    EXPECT_TRUE(is_unfinished(name));
  }
  for (const char* const name : {"c.part", "d.1.part", "e.x.1.part", "f.1.2.part.txt", "g.1..part", "h.1.2x.part"}) {
    write_file(folder / name, "a stranger's");
    EXPECT_FALSE(is_unfinished(name)) << name;
  }
  remove_unfinished(folder.path());
  remove_unfinished(folder / "missing");
  EXPECT_EQ(folder.size(), 7);
  EXPECT_TRUE(std::filesystem::exists(folder / living));
}

}  // namespace
}  // namespace reslab::core
