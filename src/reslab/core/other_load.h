// How busy other programs keep this process' processors while something is measured.
#pragma once

#include <chrono>
#include <set>
#include <string_view>

namespace reslab::core {

/// Seconds for which these processors (numbers as in "cpu7") have been busy since the machine started, by the text of
/// Linux' /proc/stat: all but idle and waiting for disks, time that a host took away included. 0 where the text names
/// none.
double busy_seconds(std::string_view stat, const std::set<int>& processors, double ticks_per_second);

/// Seconds that processors were busy, and that this process ran.
struct ProcessorTimes {
  double busy = 0, own = 0;
};

/// Processors' worth of time that others took between two moments, so many seconds apart; never negative.
double taken_by_others(const ProcessorTimes& from, const ProcessorTimes& to, double elapsed_seconds);

/// Measures from its construction on.
class OtherLoad {
 public:
  OtherLoad();

  /// Processors' worth of time that others took of those that this process could run on when it began; 0 where the
  /// system doesn't tell.
  double processors() const;

 private:
  ProcessorTimes now() const;

  std::set<int> processors_;
  ProcessorTimes start_;
  std::chrono::steady_clock::time_point since_;
};

}  // namespace reslab::core
