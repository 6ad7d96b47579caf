// A training that is resumed with less memory than it needs, in steps from what the program alone takes up to enough.
// It ends with a message, or is done; in between, libraries that don't check what they are given may crash. Either way
// the run goes on from its checkpoint to the same bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>

#include "crash/crash_fixture.h"
#include "reslab/core/process.h"
#include "support/message.h"
#include "support/sanitized.h"

// The limit is one of addresses, of which sanitizers take terabytes.
#if !RESLAB_SANITIZED

namespace reslab::crash {
namespace {

class TooLittleMemory : public CrashFixture {
 protected:
  void SetUp() override {
    const std::vector<std::string> wide{"--set", "model.width=24", "--set", "data.batch_size=100"};
    train("whole", wide);
    std::vector<std::string> stopped = wide;
    stopped.insert(stopped.end(), {"--max-minutes", "1e-9"});
    train("part", stopped);
  }

  static core::ProcessResult reslab(const std::string& words, long megabytes) {
    return core::run_process({.arguments = {"sh", "-c",
                                            core::concatenate("ulimit -c 0; ulimit -v ", megabytes * 1024, "; exec '",
                                                              RESLAB_BINARY, "' ", words)}});
  }
};

TEST_F(TooLittleMemory, LosesNothing) {
  constexpr long step = 20, limit = 20'000;
  ASSERT_EQ(reslab("--version", limit).exit_code, 0);
  long megabytes = 100;
  while (megabytes < limit && reslab("--version", megabytes).exit_code != 0) megabytes += step;
  int refused = 0, crashed = 0;
  // Done three times in a row: enough.
  for (int done = 0; done < 3; megabytes += step) {
    ASSERT_LT(megabytes, limit) << "never enough";
    prepare(Work::resume);
    const core::ProcessResult result =
        reslab("resume '" + run("victim").path.string() + "' --threads 1 -q --no-report", megabytes);
    const std::string what = core::concatenate(megabytes, " MB, exit code ", result.exit_code, ": ", result.output);
    EXPECT_FALSE(support::contains(result.output, "passed over") || support::contains(result.output, "start a new run"))
        << what;
    constexpr std::array ends{0, 2, 128 + SIGABRT, 128 + SIGSEGV, 128 + SIGBUS};
    EXPECT_NE(std::ranges::find(ends, result.exit_code), ends.end()) << what;
    crashed += result.exit_code > 128;
    if (result.exit_code == static_cast<int>(core::ExitCode::user_error)) {
      ++refused;
      EXPECT_PRED2(support::contains, result.output, "memory") << what;
      EXPECT_PRED2(support::contains, result.output, "--batch-size") << what;
    }
    done = result.exit_code == 0 ? done + 1 : 0;
    expect_recovery(what);
  }
  EXPECT_GT(refused, crashed) << crashed << " crashes";
  std::printf("%d messages, %d crashes\n", refused, crashed);
}

}  // namespace
}  // namespace reslab::crash

#endif
