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
  void cut_everywhere(const std::function<Survives(long)>& survives_of) {
    train("whole");
    const std::filesystem::path attic = temporary_.path() / "attic";
    long at = 0;
    for (;; ++at) {
      std::filesystem::create_directory(attic);
      TrustedDisk disk(attic, at);
      {
        const core::ReplacedFileCalls replaced(disk);
        support::message_of<core::UserError>([&] { train("cut"); });
      }
      if (disk.calls() <= at) break;
      core::Random random({.seed = 1, .epoch = static_cast<std::uint32_t>(at)});
      disk.power_is_back(survives_of(at), random);
      std::filesystem::remove_all(attic);
      EXPECT_GE(train::newest_whole(run("cut").checkpoint()), disk.trusted()) << "before call " << at;
      expect_recovery("cut", core::concatenate("before call ", at, ", ", disk.failed()));
      if (HasFailure()) return;
    }
    EXPECT_GT(at, 100) << "calls in a training";
    std::printf("%ld power cuts\n", at);
  }
};

constexpr std::array ways{Survives::none, Survives::all, Survives::some};

TEST_F(PowerCutAtEveryCall, OneOfTheWaysInTurn) {
  cut_everywhere([](long at) { return ways[static_cast<std::size_t>(at) % ways.size()]; });
}

class PowerCutEachWay : public PowerCutAtEveryCall, public testing::WithParamInterface<Survives> {
 protected:
  void SetUp() override { skip_unless_full(); }
};

TEST_P(PowerCutEachWay, IsRecoveredFrom) {
  cut_everywhere([](long) { return GetParam(); });
}

std::string name_of_way(const testing::TestParamInfo<Survives>& tested) {
  constexpr std::array names{"AllChangesLost", "AllChangesKept", "SomeChangesKept"};
  return names[tested.index];
}

INSTANTIATE_TEST_SUITE_P(Ways, PowerCutEachWay, testing::ValuesIn(ways), name_of_way);

}  // namespace
}  // namespace reslab::crash
