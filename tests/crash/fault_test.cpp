// Every call by which a short training changes files fails once. Afterwards the training is either done, or goes on
// from where it was saved.
#include <gtest/gtest.h>

#include <functional>

#include "crash/crash_fixture.h"
#include "reslab/core/file_calls.h"
#include "support/faulty_files.h"
#include "support/message.h"

namespace reslab::crash {
namespace {

using support::Fault;
using support::FaultyFiles;

// Remembers the newest checkpoint whose manifest came under its name.
class SeenFiles final : public FaultyFiles {
 public:
  using FaultyFiles::FaultyFiles;
  int rename(const char* from, const char* to) override {
    const int result = FaultyFiles::rename(from, to);
    if (const std::filesystem::path path = to; result == 0 && path.extension() == ".json")
      newest_ = std::max(newest_, train::position_of(path));
    return result;
  }
  const std::optional<train::Position>& newest() const { return newest_; }

 private:
  std::optional<train::Position> newest_;
};

constexpr std::array faults{Fault::no_space, Fault::io_error, Fault::short_write, Fault::disk_full};

class FaultAtEveryCall : public CrashFixture {
 protected:
  // The k-th training meets `fault_of(k)` at its k-th call.
  void fail_everywhere(const std::function<Fault(long)>& fault_of) {
    train("whole");
    long at = 0, stopped = 0;
    for (;; ++at) {
      const Fault fault = fault_of(at);
      SeenFiles files({.fault = fault, .at = at});
      std::string said;
      {
        const core::ReplacedFileCalls replaced(files);
        said = support::message_of<core::UserError>([&] { train("faulty"); });
      }
      if (files.calls() <= at) break;
      const std::string what = core::concatenate("call ", at, ", ", files.failed());
      if (!said.empty()) {
        ++stopped;
        EXPECT_PRED2(support::contains, said,
                     fault == Fault::io_error ? "Input/output error" : "No space left on device");
        EXPECT_PRED2(support::contains, said, runs_.string()) << what;
        EXPECT_NE(fault, Fault::short_write) << what;
      }
      EXPECT_GE(train::newest_whole(run("faulty").checkpoint()), files.newest()) << what;
      expect_recovery("faulty", said.empty() ? what : what + " (" + said + ")");
      if (HasFailure()) return;
    }
    EXPECT_GT(at, 100) << "calls in a training";
    EXPECT_GT(stopped, at / 2);
    std::printf("%ld calls failed, one a training; %ld trainings ended with a message\n", at, stopped);
  }
};

TEST_F(FaultAtEveryCall, OneOfTheFaultsInTurn) {
  fail_everywhere([](long at) { return faults[static_cast<std::size_t>(at) % faults.size()]; });
}

class EachFaultAtEveryCall : public FaultAtEveryCall, public testing::WithParamInterface<Fault> {
 protected:
  void SetUp() override { skip_unless_full(); }
};

TEST_P(EachFaultAtEveryCall, IsRecoveredFrom) {
  fail_everywhere([](long) { return GetParam(); });
}

std::string name_of_fault(const testing::TestParamInfo<Fault>& tested) {
  constexpr std::array names{"NoSpace", "InputOutputError", "ShortWrite", "DiskFull"};
  return names[tested.index];
}

INSTANTIATE_TEST_SUITE_P(Faults, EachFaultAtEveryCall, testing::ValuesIn(faults), name_of_fault);

}  // namespace
}  // namespace reslab::crash
