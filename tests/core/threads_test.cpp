#include "reslab/core/threads.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "reslab/core/error.h"

namespace reslab::core {
namespace {

TEST(CpuMax, is_quota_over_period) {
  EXPECT_EQ(parse_cpu_max("200000 100000"), 2.0);
  EXPECT_EQ(parse_cpu_max("50000 100000\n"), 0.5);
  EXPECT_EQ(parse_cpu_max("max 100000"), std::nullopt);
}

TEST(CpuMax, is_none_for_anything_else) {
  for (const char* text : {"", "max", "100000", "x 100000", "100000 x", "0 100000", "100000 0", "-1 100000", "nan 1",
                           "100000 nan", "inf 100000"})
    EXPECT_EQ(parse_cpu_max(text), std::nullopt) << text;
}

TEST(ThreadBudget, recommends_what_the_limits_allow) {
  const ThreadBudget budget = thread_budget();
  EXPECT_GE(budget.affinity, 1);
  EXPECT_LE(budget.affinity, budget.online);
  EXPECT_GE(budget.recommended, 1);
  EXPECT_LE(budget.recommended, budget.affinity);
  if (budget.quota) {
    EXPECT_LE(budget.recommended, std::max(1.0, *budget.quota));
  }
}

#ifdef _OPENMP  // builds for sanitizers are without

// The number of threads that take part in a parallel loop compiled here, and not in libtorch: without the compiler's
// OpenMP flag it would be 1.
std::size_t threads_of_a_loop() {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  at::parallel_for(0, 64, 1, [&](std::int64_t, std::int64_t) {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
  });
  return threads.size();
}

TEST(Threads, are_all_used_by_parallel_loops) {
  for (const int threads : {1, 2, 3}) {
    set_threads(threads);
    EXPECT_EQ(current_threads(), threads);
    EXPECT_EQ(threads_of_a_loop(), static_cast<std::size_t>(threads));
  }
  EXPECT_THROW(set_threads(0), InternalError);
}

TEST(Threads, come_from_a_single_openmp_library) {
  EXPECT_GE(omp_get_max_threads(), 1);  // so that this program needs OpenMP itself
  std::set<std::string> libraries;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    for (const char* name : {"/libgomp", "/libomp", "/libiomp"})
      if (line.find(name) != std::string::npos) libraries.insert(line.substr(line.find('/')));
  EXPECT_EQ(libraries.size(), 1U) << testing::PrintToString(libraries);
}

#endif

}  // namespace
}  // namespace reslab::core
