#include "reslab/core/threads.h"

#include <ATen/Parallel.h>
#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "reslab/core/error.h"

#if !defined(_OPENMP) && !defined(RESLAB_WITHOUT_OPENMP)
#error "at::parallel_for is silently serial in code compiled without OpenMP"
#endif

namespace reslab::core {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc{} || !std::isfinite(value)) return std::nullopt;
  return value;
}

void tighten(std::optional<double>& limit, std::optional<double> other) {
  if (other && *other > 0 && (!limit || *other < *limit)) limit = other;
}

std::optional<double> quota_v1(const fs::path& folder) {
  const auto quota = number(first_line(folder / "cpu.cfs_quota_us"));
  const auto period = number(first_line(folder / "cpu.cfs_period_us"));
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return *quota / *period;
}

// Every ancestor's limit holds, so the walk goes up to the root of the mounted hierarchy.
template <typename Read>
void walk(std::optional<double>& limit, const fs::path& root, fs::path relative, Read&& read) {
  for (;;) {
    tighten(limit, read(root / relative));
    if (relative.empty()) return;
    relative = relative.parent_path();
  }
}

std::optional<double> control_group_quota() {
  std::optional<double> limit;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    // hierarchy-ID:controller-list:path
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const fs::path relative = fs::path(line.substr(second + 1)).relative_path();
    if (controllers == ",,") {
      walk(limit, "/sys/fs/cgroup", relative,
           [](const fs::path& f) { return parse_cpu_max(first_line(f / "cpu.max")); });
    } else if (controllers.find(",cpu,") != std::string::npos) {
      walk(limit, "/sys/fs/cgroup/cpu", relative, quota_v1);
    }
  }
  return limit;
}

int affinity_count() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0)
    return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace

std::optional<double> parse_cpu_max(std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto quota = number(text.substr(0, space)), period = number(text.substr(space + 1));
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return *quota / *period;
}

ThreadBudget thread_budget() {
  ThreadBudget budget;
  budget.online = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  budget.affinity = affinity_count();
  budget.quota = control_group_quota();
  budget.recommended = budget.affinity;
  if (budget.quota) budget.recommended = std::clamp(static_cast<int>(std::floor(*budget.quota)), 1, budget.affinity);
  return budget;
}

void set_threads(int threads) {
  RESLAB_ASSERT(threads >= 1);
  at::set_num_threads(threads);
}

int current_threads() { return at::get_num_threads(); }

}  // namespace reslab::core
