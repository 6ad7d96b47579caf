// The power is cut before every call by which a short training changes files, and the disk loses what was not flushed.
#include "support/power_cut.h"

#include <gtest/gtest.h>

#include <functional>

#include "crash/crash_fixture.h"
#include "support/message.h"

namespace reslab::crash {
namespace {

using support::PowerCut;
using support::Survives;

// Remembers the newest checkpoint that the program took for safe: once it goes on to write or remove something else.
class TrustedDisk final : public PowerCut {
 public:
  using PowerCut::PowerCut;
  ssize_t write(int descriptor, const void* bytes, std::size_t count) override {
    const ssize_t result = PowerCut::write(descriptor, bytes, count);
    if (result >= 0) trusted_ = std::max(trusted_, written_);
    return result;
  }
  int rename(const char* from, const char* to) override {
    const int result = PowerCut::rename(from, to);
    if (const std::filesystem::path path = to; result == 0 && path.extension() == ".json")
      written_ = std::max(written_, train::position_of(path));
    return result;
  }
  int unlink(const char* path) override {
    const int result = PowerCut::unlink(path);
    if (result == 0) trusted_ = std::max(trusted_, written_);
    return result;
  }
  const std::optional<train::Position>& trusted() const { return trusted_; }

 private:
  std::optional<train::Position> written_, trusted_;
};

class PowerCutAtEveryCall : public CrashFixture {
 protected:
  void cut_everywhere(Work work, const std::function<Survives(long)>& survives_of) {
    const std::filesystem::path attic = temporary_.path() / "attic";
    long at = 0, cuts = 0;
    for (;; at += stride(), ++cuts) {
      prepare(work);
      std::filesystem::create_directory(attic);
      TrustedDisk disk(attic, at);
      {
        const core::ReplacedFileCalls replaced(disk);
        support::message_of<core::UserError>([&] { perform(work); });
      }
      if (disk.calls() <= at) break;
      const std::string what = core::concatenate("before call ", at, ", ", disk.failed());
      core::Random random({.seed = 1, .epoch = static_cast<std::uint32_t>(at)});
      disk.power_is_back(survives_of(at), random);
      std::filesystem::remove_all(attic);
      EXPECT_GE(train::newest_whole(run("victim").checkpoint()), disk.trusted()) << what;
      expect_recovery(what);
      if (HasFailure()) return;
    }
    EXPECT_GT(at, 100) << "calls";
    std::printf("%ld power cuts\n", cuts);
  }
};

constexpr std::array ways{Survives::none, Survives::all, Survives::some};

Survives survivors_in_turn(long at) { return ways[static_cast<std::size_t>(at) % ways.size()]; }

TEST_F(PowerCutAtEveryCall, OfATraining) { cut_everywhere(Work::train, survivors_in_turn); }
TEST_F(PowerCutAtEveryCall, OfAResumption) { cut_everywhere(Work::resume, survivors_in_turn); }

class PowerCutEachWay : public PowerCutAtEveryCall, public testing::WithParamInterface<Survives> {
 protected:
  void SetUp() override {
    if (!is_full()) GTEST_SKIP() << "only with RESLAB_CAMPAIGN=full";
    PowerCutAtEveryCall::SetUp();
  }
};

TEST_P(PowerCutEachWay, OfATraining) {
  cut_everywhere(Work::train, [](long) { return GetParam(); });
}
TEST_P(PowerCutEachWay, OfAResumption) {
  cut_everywhere(Work::resume, [](long) { return GetParam(); });
}

std::string name_of_way(const testing::TestParamInfo<Survives>& tested) {
  constexpr std::array names{"AllChangesLost", "AllChangesKept", "SomeChangesKept"};
  return names[tested.index];
}

INSTANTIATE_TEST_SUITE_P(Ways, PowerCutEachWay, testing::ValuesIn(ways), name_of_way);

}  // namespace
}  // namespace reslab::crash
