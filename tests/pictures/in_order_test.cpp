#include "reslab/pictures/in_order.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace reslab::pictures {
namespace {

TEST(InOrder, HandsOverEveryItemInItsOrder) {
  for (const int threads : {1, 2, 7})
    for (const std::size_t count : {0U, 1U, 5U, 300U}) {
      std::vector<std::size_t> taken;
      std::atomic<std::size_t> made{0};
      std::size_t most_ahead = 0;
      in_order<std::size_t>(
          {.count = count, .threads = threads},
          [&](std::size_t i) {
            if (i % 3 == 0) std::this_thread::yield();
            ++made;
            return i * i;
          },
          [&](std::size_t i, std::size_t item) {
            EXPECT_EQ(item, i * i);
            // The others would make them all meanwhile.
            if (i == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
            most_ahead = std::max(most_ahead, made - taken.size());
            taken.push_back(i);
          });
      ASSERT_EQ(taken.size(), count);
      EXPECT_TRUE(std::ranges::is_sorted(taken));
      EXPECT_LE(most_ahead, 4U * static_cast<unsigned>(threads)) << "what waits is bounded";
    }
}

TEST(InOrder, ThrowsOnWhatEitherSideThrows) {
  for (const int threads : {1, 4}) {
    std::size_t taken = 0;
    const auto take = [&](std::size_t /*i*/, int /*item*/) { ++taken; };
    const auto make = [](std::size_t i) { return i == 40 ? throw std::runtime_error("made") : 1; };
    EXPECT_THROW(in_order<int>({.count = 100, .threads = threads}, make, take), std::runtime_error);
    EXPECT_LE(taken, 40U);
    const auto refuse = [](std::size_t i, int /*item*/) {
      if (i == 3) throw std::runtime_error("taken");
    };
    EXPECT_THROW(in_order<int>(
                     {.count = 100, .threads = threads}, [](std::size_t) { return 1; }, refuse),
                 std::runtime_error);
  }
}

}  // namespace
}  // namespace reslab::pictures
