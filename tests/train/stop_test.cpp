#include "reslab/train/stop.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace reslab::train {
namespace {

TEST(StopSignals, NothingIsRequestedAtFirst) {
  const StopSignals signals;
  EXPECT_EQ(signals.requested(), std::nullopt);
}

TEST(StopSignals, TheFirstSignalDecides) {
  {
    const StopSignals signals;
    ::raise(SIGTERM);
    EXPECT_EQ(signals.requested(), End::terminated);
  }
  const StopSignals signals;
  ::raise(SIGINT);
  EXPECT_EQ(signals.requested(), End::interrupted);
}

TEST(StopSignals, PutsBackTheOldHandlers) {
  struct sigaction before {};
  struct sigaction inside {};
  struct sigaction after {};
  ::sigaction(SIGINT, nullptr, &before);
  {
    const StopSignals signals;
    ::sigaction(SIGINT, nullptr, &inside);
  }
  ::sigaction(SIGINT, nullptr, &after);
  EXPECT_NE(inside.sa_handler, before.sa_handler);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
}

// Runs `body` in a child and returns how it ended, as waitpid says.
template <typename Body>
int status_of(Body&& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(7);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(StopSignals, ASecondSignalOfEitherKindKillsAtOnce) {
  for (const int first : {SIGINT, SIGTERM})
    for (const int second : {SIGINT, SIGTERM}) {
      const int status = status_of([&] {
        const StopSignals signals;
        ::raise(first);
        ::raise(second);
      });
      ASSERT_TRUE(WIFSIGNALED(status));
      EXPECT_EQ(WTERMSIG(status), second);
    }
}

TEST(StopSignals, OneSignalLetsTheProcessGoOn) {
  const int status = status_of([] {
    const StopSignals signals;
    ::raise(SIGINT);
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

}  // namespace
}  // namespace reslab::train
