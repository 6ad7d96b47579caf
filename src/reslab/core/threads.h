// How many threads this process may use, and what libtorch is told.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reslab::core {

/// What limits the number of threads.
struct ThreadBudget {
  int online = 1;               ///< processors of the machine
  int affinity = 1;             ///< processors that this process may run on
  std::optional<double> quota;  ///< processors' worth of time that the control group allows, if it limits it
  int recommended = 1;          ///< min(affinity, ⌊quota⌋), at least 1
};

/// Reads affinity and the control group's quota (v2 cpu.max, v1 cpu.cfs_quota_us; the tightest along the path).
ThreadBudget thread_budget();

/// The tightest quota given the text of a v2 cpu.max file ("200000 100000" is 2.0, "max 100000" none).
std::optional<double> parse_cpu_max(std::string_view text);

/// Sets libtorch's intra-operator threads (≥ 1). Call it before the first parallel work of the process.
void set_threads(int threads);

/// Threads that libtorch's parallel loops use now.
int current_threads();

}  // namespace reslab::core
