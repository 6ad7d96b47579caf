// Every call by which a short training changes files fails once, and every call by which one is resumed. Afterwards the
// training is either done, or goes on from where it was saved.
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

class FaultAtEveryCall : public CrashFixture {
 protected:
  // The names of all calls.
  std::vector<std::string> calls_of(Work work) const {
    prepare(work);
    FaultyFiles files({});
    {
      const core::ReplacedFileCalls replaced(files);
      perform(work);
    }
    std::filesystem::remove_all(run("victim").path);
    return files.names();
  }

  // Each call in a training of its own, which ends with a message or does what it was to do. Returns how many ended so.
  int fail_at(Work work, long at, Fault fault) const {
    prepare(work);
    SeenFiles files({.fault = fault, .at = at});
    std::string said;
    {
      const core::ReplacedFileCalls replaced(files);
      said = support::message_of<core::UserError>([&] { perform(work); });
    }
    const std::string what = core::concatenate("call ", at, ", ", files.failed(), ": ", said);
    // A full disk harms nothing that comes after the last byte.
    EXPECT_TRUE(fault == Fault::disk_full || !files.failed().empty()) << what;
    if (!said.empty()) {
      EXPECT_PRED2(support::contains, said,
                   fault == Fault::io_error ? "Input/output error" : "No space left on device");
      EXPECT_PRED2(support::contains, said, runs_.string());
    }
    EXPECT_GE(train::newest_whole(run("victim").checkpoint()), files.newest()) << what;
    expect_recovery(what);
    return said.empty() ? 0 : 1;
  }

  void fail_everywhere(Work work, const std::function<Fault(long)>& fault_of) {
    const auto calls = static_cast<long>(calls_of(work).size());
    EXPECT_GT(calls, 100);
    int stopped = 0;
    long tried = 0;
    for (long at = 0; at < calls && !HasFailure(); at += stride(), ++tried) stopped += fail_at(work, at, fault_of(at));
    EXPECT_GT(stopped, tried / 2);
    std::printf("%ld calls failed, one a training; %d trainings ended with a message\n", tried, stopped);
  }
};

constexpr std::array faults{Fault::no_space, Fault::io_error, Fault::disk_full};

Fault fault_in_turn(long at) { return faults[static_cast<std::size_t>(at) % faults.size()]; }

TEST_F(FaultAtEveryCall, OfATraining) { fail_everywhere(Work::train, fault_in_turn); }
TEST_F(FaultAtEveryCall, OfAResumption) { fail_everywhere(Work::resume, fault_in_turn); }

// Less than was asked for is no error: the rest is written then.
TEST_F(FaultAtEveryCall, AShortWriteIsCompleted) {
  const std::vector<std::string> names = calls_of(Work::train);
  int writes = 0;
  for (std::size_t at = 0; at < names.size() && !HasFailure(); ++at) {
    if (names[at] != "write" || writes++ % stride() != 0) continue;
    EXPECT_EQ(fail_at(Work::train, static_cast<long>(at), Fault::short_write), 0);
  }
  EXPECT_GT(writes, 30);
  std::printf("%d writes were short, one a training\n", writes);
}

class EachFaultAtEveryCall : public FaultAtEveryCall, public testing::WithParamInterface<Fault> {
 protected:
  void SetUp() override {
    if (!is_full()) GTEST_SKIP() << "only with RESLAB_CAMPAIGN=full";
    FaultAtEveryCall::SetUp();
  }
};

TEST_P(EachFaultAtEveryCall, OfATraining) {
  fail_everywhere(Work::train, [](long) { return GetParam(); });
}
TEST_P(EachFaultAtEveryCall, OfAResumption) {
  fail_everywhere(Work::resume, [](long) { return GetParam(); });
}

std::string name_of_fault(const testing::TestParamInfo<Fault>& tested) {
  constexpr std::array names{"NoSpace", "InputOutputError", "DiskFull"};
  return names[tested.index];
}

INSTANTIATE_TEST_SUITE_P(Faults, EachFaultAtEveryCall, testing::ValuesIn(faults), name_of_fault);

TEST_F(FaultAtEveryCall, AReadOnlyDiskIsSaid) {
  FaultyFiles files({.fault = Fault::read_only, .at = static_cast<long>(calls_of(Work::train).size()) / 2});
  {
    const core::ReplacedFileCalls replaced(files);
    const std::string said = support::message_of<core::UserError>([&] { perform(Work::train); });
    EXPECT_PRED2(support::contains, said, "Read-only file system");
    EXPECT_PRED2(support::contains, said, "choose a place that you may write to");
  }
  expect_recovery("the disk can be written again");
}

// Somebody removes the run while it trains.
TEST_F(FaultAtEveryCall, AFolderThatVanishesIsSaid) {
  struct Vanishing final : FaultyFiles {
    explicit Vanishing(std::filesystem::path doomed) : FaultyFiles({}), folder(std::move(doomed)) {}
    int rename(const char* from, const char* to) override {
      const int result = FaultyFiles::rename(from, to);
      if (std::filesystem::path(to).filename() == "epoch-0001.json") std::filesystem::remove_all(folder);
      return result;
    }
    std::filesystem::path folder;
  } vanishing(run("victim").path);
  const core::ReplacedFileCalls replaced(vanishing);
  const std::string said = support::message_of<core::UserError>([&] { perform(Work::train); });
  EXPECT_PRED2(support::contains, said, run("victim").path.string());
  EXPECT_PRED2(support::contains, said, "No such file or directory");
}

}  // namespace
}  // namespace reslab::crash
