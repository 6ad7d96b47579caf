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

TEST(StopSignals, EverySignalThatAsksToEndIsNoted) {
  for (const auto& [signal, code] : {std::pair{SIGHUP, 129}, std::pair{SIGINT, 130}, std::pair{SIGUSR1, 138},
                                     std::pair{SIGUSR2, 140}, std::pair{SIGTERM, 143}, std::pair{SIGXCPU, 152}}) {
    const StopSignals signals;
    EXPECT_EQ(signals.exit_code(), core::ExitCode::ok);
    ::raise(signal);
    EXPECT_EQ(signals.requested(), signal == SIGINT ? End::interrupted : End::terminated);
    EXPECT_EQ(static_cast<int>(signals.exit_code()), code);
  }
}

TEST(StopSignals, PutsBackTheOldHandlers) {
  for (const int signal : StopSignals::signals) {
    struct sigaction before {};
    struct sigaction inside {};
    struct sigaction after {};
    ::sigaction(signal, nullptr, &before);
    {
      const StopSignals signals;
      ::sigaction(signal, nullptr, &inside);
    }
    ::sigaction(signal, nullptr, &after);
    EXPECT_NE(inside.sa_handler, before.sa_handler);
    EXPECT_EQ(after.sa_handler, before.sa_handler);
  }
}

// As nohup does it.
TEST(StopSignals, WhatIsIgnoredStaysIgnored) {
  for (const int signal : StopSignals::signals) {
    void (*const before)(int) = ::signal(signal, SIG_IGN);
    {
      const StopSignals signals;
      ::raise(signal);
      EXPECT_EQ(signals.requested(), std::nullopt);
    }
    EXPECT_EQ(::signal(signal, before), SIG_IGN);
  }
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

TEST(StopSignals, ASecondSignalOfAnyKindKillsAtOnce) {
  for (const auto& both : {std::pair{SIGINT, SIGINT}, std::pair{SIGUSR1, SIGINT}, std::pair{SIGINT, SIGTERM},
                           std::pair{SIGTERM, SIGTERM}, std::pair{SIGHUP, SIGHUP}}) {
    const int first = both.first, second = both.second;
    const int status = status_of([&] {
      const StopSignals signals;
      ::raise(first);
      if (second != SIGINT) ::usleep(1'050'000);
      ::raise(second);
    });
    ASSERT_TRUE(WIFSIGNALED(status)) << first << ", " << second;
    EXPECT_EQ(WTERMSIG(status), second);
  }
}

// `timeout` signals the process and its group, systemd sends SIGHUP after SIGTERM: nobody is in a hurry.
TEST(StopSignals, OneEventMaySendSeveral) {
  for (const auto& both : {std::pair{SIGTERM, SIGTERM}, std::pair{SIGTERM, SIGHUP}, std::pair{SIGHUP, SIGHUP},
                           std::pair{SIGXCPU, SIGXCPU}}) {
    const int first = both.first, second = both.second;
    const int status = status_of([&, wait = first == SIGXCPU] {
      const StopSignals signals;
      ::raise(first);
      if (wait) ::usleep(1'050'000);
      ::raise(second);
      ::_exit(static_cast<int>(signals.exit_code()));
    });
    ASSERT_TRUE(WIFEXITED(status)) << first << ", " << second;
    EXPECT_EQ(WEXITSTATUS(status), 128 + first);
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
