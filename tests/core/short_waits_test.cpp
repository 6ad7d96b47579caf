#include "reslab/core/short_waits.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <limits>
#include <thread>

namespace reslab::core {
namespace {

std::ptrdiff_t threads_of_this_process() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

// Waits until it is so, at most 20 s.
template <typename Condition>
bool comes_true(const Condition& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST(OthersAreBusy, FromAThirdOfAProcessorUntilItIsHalfOfThat) {
  EXPECT_FALSE(others_are_busy(0.29, false));
  EXPECT_TRUE(others_are_busy(0.3, false));
  EXPECT_TRUE(others_are_busy(0.2, true));
  EXPECT_FALSE(others_are_busy(0.1, true));
  EXPECT_FALSE(others_are_busy(std::numeric_limits<double>::quiet_NaN(), true));
}

TEST(ShortWaits, ATeamIsThereWhileOthersAreBusyAndNoLonger) {
  std::atomic<double> others{0};
  std::atomic<int> asked{0};
  // A sanitizer starts a thread of its own with the first one that the program starts.
  std::thread([] {}).join();
  const auto before = threads_of_this_process();
  {
    const ShortWaits waits({.others =
                                [&] {
                                  ++asked;
                                  return others.load();
                                },
                            .interval = std::chrono::milliseconds(1),
                            .team = 3});
    ASSERT_TRUE(comes_true([&] { return asked > 5; }));
    EXPECT_EQ(threads_of_this_process(), before + 1) << "the watcher alone";
    others = 1;
#ifdef _OPENMP
    EXPECT_TRUE(comes_true([&] { return threads_of_this_process() == before + 1 + 3; }));
#endif
    others = 0;
    EXPECT_TRUE(comes_true([&] { return threads_of_this_process() == before + 1; }));
    others = 1;
    EXPECT_TRUE(comes_true([&] { return threads_of_this_process() > before + 1; })) << "again";
  }
  EXPECT_TRUE(comes_true([&] { return threads_of_this_process() == before; })) << "it ends with its team";
}

}  // namespace
}  // namespace reslab::core
