#include "reslab/core/process_start.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "core/support.h"
#include "reslab/core/file.h"
#include "reslab/core/process.h"

namespace reslab::core {
namespace {

// What a child ends with that runs `body`; 128 + signal when one ended it.
template <typename Body>
int code_of(Body&& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool is_null(int descriptor) {
  struct stat status {};
  struct stat null {};
  return ::fstat(descriptor, &status) == 0 && ::stat("/dev/null", &null) == 0 && S_ISCHR(status.st_mode) &&
         status.st_rdev == null.st_rdev;
}

TEST(PrepareProcess, OpensWhatIsClosedOfTheFirstThreeDescriptors) {
  const test::TestFolder folder;
  for (int closed = 0; closed < 8; ++closed) {
    const int code = code_of([&] {
      const int other = ::open((folder / "other").c_str(), O_RDWR | O_CREAT, 0666);
      for (int descriptor = 0; descriptor < 3; ++descriptor) {
        ::dup2(other, descriptor);
        if ((closed >> descriptor & 1) != 0) ::close(descriptor);
      }
      prepare_process();
      for (int descriptor = 0; descriptor < 3; ++descriptor)
        if (is_null(descriptor) != ((closed >> descriptor & 1) != 0)) return 1;
      return ::open("/dev/null", O_RDONLY) > 2 ? 7 : 2;
    });
    EXPECT_EQ(code, 7) << closed;
  }
}

// Writes to a pipe that nobody reads, and beyond the limit on a file's size.
int write_in_vain(const std::filesystem::path& file) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return 1;
  ::close(ends[0]);
  if (::write(ends[1], "x", 1) != -1 || errno != EPIPE) return 2;
  const rlimit limit{.rlim_cur = 1, .rlim_max = 1};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT, 0666);
  if (::write(descriptor, "xy", 2) != 1) return 3;
  return ::write(descriptor, "z", 1) == -1 && errno == EFBIG ? 7 : 4;
}

TEST(PrepareProcess, LetsAWriteFailRatherThanEndTheProcess) {
  const test::TestFolder folder;
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_DFL);
  EXPECT_EQ(code_of([&] { return write_in_vain(folder / "a"); }), 128 + SIGPIPE);
  EXPECT_EQ(code_of([&] {
              prepare_process();
              return write_in_vain(folder / "a");
            }),
            7);
}

// `head` and the like count on being ended.
TEST(PrepareProcess, LeavesOtherProgramsTheirSignals) {
  const auto child_code = [] { return run_process({.arguments = {"sh", "-c", "kill -s PIPE $$; exit 5"}}).exit_code; };
  EXPECT_EQ(code_of([&] {
              ::signal(SIGPIPE, SIG_DFL);
              prepare_process();
              return child_code();
            }),
            128 + SIGPIPE);
  EXPECT_EQ(code_of([&] {
              ::signal(SIGPIPE, SIG_IGN);
              prepare_process();
              return child_code();
            }),
            5)
      << "what was ignored stays ignored";
}

}  // namespace
}  // namespace reslab::core
