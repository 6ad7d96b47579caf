#include "reslab/core/other_load.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace reslab::core {
namespace {

constexpr const char* stat =
    "cpu  400 40 80 4000 120 4 8 12 100 10\n"
    "cpu0 100 10 20 1000 30 1 2 3 25 2\n"
    "cpu1 200 20 30 1000 40 2 3 4 50 5\n"
    "cpu10 50 1 1 100 1 0 0 0 0 0\n"
    "intr 12345 1 2\n";

TEST(OtherLoad, CountsWhatItsProcessorsDo) {
  EXPECT_DOUBLE_EQ(busy_seconds(stat, {0}, 100), 1.36);
  EXPECT_DOUBLE_EQ(busy_seconds(stat, {1}, 100), 2.59);
  EXPECT_DOUBLE_EQ(busy_seconds(stat, {0, 1, 10}, 100), 1.36 + 2.59 + 0.52);
  EXPECT_EQ(busy_seconds(stat, {7}, 100), 0);
  EXPECT_EQ(busy_seconds("", {0}, 100), 0);
  EXPECT_EQ(busy_seconds("cpu0\ncpu\ncpux 1 2\n", {0}, 100), 0);
}

TEST(OtherLoad, LeavesOutWhatIsItsOwn) {
  EXPECT_DOUBLE_EQ(taken_by_others({.busy = 100, .own = 7}, {.busy = 108, .own = 10}, 4), 1.25);
  EXPECT_EQ(taken_by_others({.busy = 100, .own = 7}, {.busy = 102, .own = 10}, 4), 0) << "counted in steps of 10 ms";
  EXPECT_EQ(taken_by_others({.busy = 100, .own = 7}, {.busy = 108, .own = 10}, 0), 0);
}

TEST(OtherLoad, SeesAnotherProgram) {
  const OtherLoad load;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (std::atomic<unsigned> count = 0;;) ++count;
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const double seen = load.processors();
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  // Of a busy machine the child gets less, and others the rest.
  EXPECT_GT(seen, 0.3);
}

}  // namespace
}  // namespace reslab::core
