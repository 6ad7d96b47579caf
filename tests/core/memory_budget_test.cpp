#include "reslab/core/memory_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "reslab/core/random.h"

namespace reslab::core {
namespace {

TEST(MemoryBudget, ThreadsHoldNoMoreThanItTogether) {
  MemoryBudget budget(1000);
  std::atomic<std::uint64_t> held{0}, most{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        for (int round = 0; round < 50; ++round) {
          const MemoryShare share = budget.take(300);
          const std::uint64_t now = held += 300;
          for (std::uint64_t before = most; before < now && !most.compare_exchange_weak(before, now);) continue;
          std::this_thread::sleep_for(std::chrono::microseconds(50));
          held -= 300;
        }
      });
  }
  EXPECT_LE(most, 900U);
  EXPECT_EQ(budget.most_held(), 900U) << "three at a time";
}

TEST(MemoryBudget, WhatIsLargerThanAllOfItGoesAheadAlone) {
  MemoryBudget budget(1000);
  {
    MemoryShare large = budget.take(5000);
    large.grow(2000);
    std::atomic<bool> went{false};
    std::jthread other([&] {
      const MemoryShare small = budget.take(1);
      went = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_FALSE(went);
    { const MemoryShare given_back = std::move(large); }
    other.join();
    EXPECT_TRUE(went);
  }
  EXPECT_EQ(budget.most_held(), 7000U);
}

// Threads that all hold a part and want more than there is would wait for each other for ever.
TEST(MemoryBudget, NobodyWaitsForEver) {
  constexpr std::uint64_t limit = 1000, largest = 4 * 600;
  MemoryBudget budget(limit);
  std::atomic<int> done{0};
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < 8; ++i)
      threads.emplace_back([&, i] {
        Random random({.seed = i});
        for (int round = 0; round < 200; ++round) {
          MemoryShare share = budget.take(random.below(600));
          for (int more = 0; more < 3; ++more) {
            if (random.below(4) == 0) std::this_thread::yield();
            share.grow(random.below(600));
          }
          ++done;
        }
      });
  }
  EXPECT_EQ(done, 8 * 200);
  EXPECT_GT(budget.most_held(), limit);
  EXPECT_LE(budget.most_held(), limit + largest) << "one share beside it";
}

TEST(MemoryBudget, AShareWithoutABudgetNeverWaits) {
  MemoryShare share;
  share.grow(std::uint64_t{1} << 60);
  const MemoryShare moved = std::move(share);
}

}  // namespace
}  // namespace reslab::core
