#include "reslab/core/other_load.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace reslab::core {
namespace {

std::set<int> own_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::set<int> processors;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return processors;
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) processors.insert(i);
  return processors;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

double busy_seconds(std::string_view stat, const std::set<int>& processors, double ticks_per_second) {
  // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted among the first two.
  constexpr int idle = 3, waiting = 4, columns = 8;
  std::istringstream lines{std::string(stat)};
  double ticks = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    int number = -1;
    if (name.size() < 4 || !name.starts_with("cpu") || !(std::istringstream(name.substr(3)) >> number) ||
        !processors.contains(number))
      continue;
    double value = 0;
    for (int column = 0; column < columns && words >> value; ++column)
      if (column != idle && column != waiting) ticks += value;
  }
  return ticks / ticks_per_second;
}

double taken_by_others(const ProcessorTimes& from, const ProcessorTimes& to, double elapsed_seconds) {
  if (elapsed_seconds <= 0) return 0;
  return std::max(0.0, (to.busy - from.busy - (to.own - from.own)) / elapsed_seconds);
}

ProcessorTimes OtherLoad::now() const {
  std::ifstream file("/proc/stat");
  std::ostringstream text;
  text << file.rdbuf();
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);
  return {.busy = busy_seconds(text.str(), processors_, static_cast<double>(::sysconf(_SC_CLK_TCK))),
          .own = seconds(own.ru_utime) + seconds(own.ru_stime)};
}

OtherLoad::OtherLoad() : processors_(own_processors()), start_(now()), since_(std::chrono::steady_clock::now()) {}

double OtherLoad::processors() const {
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - since_).count();
  return taken_by_others(start_, now(), elapsed);
}

}  // namespace reslab::core
