// Threads of libgomp, which libtorch computes with, wait for each other by spinning for some milliseconds before they
// sleep. That is fast while the processors are theirs alone. Where another program has taken the processor of the
// thread that they wait for, they spin on one that this thread could have had, and a training step takes up to twenty
// times as long. libgomp spins a three-thousandth of that while it has more threads than there are processors. So,
// while other programs want the processors, this adds a team of sleeping threads, and takes it away afterwards: nothing
// is lost in quiet, and a step beside a busy program takes at most twice as long
// (docs/decisions/0009-threads-that-wait.md).
//
//   core::keep_waits_short();   // once, when the number of threads is known
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace reslab::core {

/// Whether other programs want the processors: from 0.3 of one on that they take, and until it is less than 0.15.
/// `before`: what was answered last. NaN counts as nothing.
bool others_are_busy(double processors, bool before);

/// Watches the other programs in a thread of its own while it lives.
class ShortWaits {
 public:
  struct Options {
    /// Processors' worth of time that other programs took since the last call.
    std::function<double()> others;
    std::chrono::milliseconds interval{500};
    int team = 2;  ///< threads of the team that is added, ≥ 2: more than the processors that are left
  };
  explicit ShortWaits(Options options);
  ~ShortWaits();
  ShortWaits(const ShortWaits&) = delete;
  ShortWaits& operator=(const ShortWaits&) = delete;

 private:
  void watch();
  void hold_team();

  Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false, wanted_ = false;
  std::thread watcher_;
};

/// Watches until the process ends, from the first call on. Does nothing where the user says how threads wait
/// (OMP_WAIT_POLICY or GOMP_SPINCOUNT), for a single thread, and without OpenMP.
void keep_waits_short();

}  // namespace reslab::core
