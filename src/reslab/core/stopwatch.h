// Measures how long something takes, by a clock that never goes back.
//
//   const core::Stopwatch watch;
//   …
//   watch.seconds();  // since it was made
#pragma once

#include <chrono>

namespace reslab::core {

/// Thread safety: seconds() may be called from any thread.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace reslab::core
