#include "reslab/core/short_waits.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>

#include "reslab/core/other_load.h"
#include "reslab/core/threads.h"

namespace reslab::core {
namespace {

constexpr double busy_from = 0.3, busy_until = 0.15;  // processors

// Since the last call, of those that this process may run on.
class SinceLastCall {
 public:
  double operator()() {
    const double taken = load_->processors();
    load_.emplace();
    return taken;
  }

 private:
  std::optional<OtherLoad> load_{std::in_place};
};

}  // namespace

bool others_are_busy(double processors, bool before) { return processors >= (before ? busy_until : busy_from); }

ShortWaits::ShortWaits(Options options) : options_(std::move(options)), watcher_([this] { watch(); }) {}

ShortWaits::~ShortWaits() {
  {
    const std::lock_guard guard(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  watcher_.join();
}

void ShortWaits::watch() {
  std::thread holder;
  const auto want = [&](bool team) {
    {
      const std::lock_guard guard(mutex_);
      wanted_ = team;
    }
    changed_.notify_all();
    if (team)
      holder = std::thread([this] { hold_team(); });
    else
      holder.join();
  };
  bool busy = false;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, options_.interval, [&] { return ends_; })) break;
    }
    const bool now = others_are_busy(options_.others(), busy);
    if (now != busy) want(now);
    busy = now;
  }
  if (busy) want(false);
}

// libgomp counts the threads of a team until the thread that made it ends.
void ShortWaits::hold_team() {
#ifdef _OPENMP
  // A region that does nothing would be compiled away.
  std::atomic<int> members{0};
#pragma omp parallel num_threads(options_.team)
  members.fetch_add(1, std::memory_order_relaxed);
#endif
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !wanted_; });
}

void keep_waits_short() {
#ifdef _OPENMP
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  const int threads = current_threads();
  if (threads < 2) return;
  // One thread more than there are processors, all in all.
  const int team = std::max(2, thread_budget().affinity - threads + 2);
  static const ShortWaits watching({.others = SinceLastCall(), .team = team});
#endif
}

}  // namespace reslab::core
