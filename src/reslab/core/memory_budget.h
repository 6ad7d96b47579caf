// Bytes of memory that several threads share, so that what they need at the same time is bounded by a number and not by
// how many they are.
//
//   core::MemoryBudget budget(std::size_t{2} << 30);
//   core::MemoryShare share = budget.take(file_bytes);     // waits while others hold too much
//   share.grow(pixels);                                    // likewise
//                                                          // given back when `share` goes
//
// One at a time may go ahead, however much it asks for: a thread that takes where nobody holds anything, and, where all
// that hold something wait to grow, the one that has waited longest. So nobody waits for ever, and what is held is at
// most the budget and one share beside it. Threads that take come in turn; those that grow go before them. A thread
// that holds a share must not take another one of the same budget.
//
// Thread safety: a budget may be used by any number of threads, a share by one at a time.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>

namespace reslab::core {

class MemoryBudget;

/// What one thread holds. One that was made without a budget takes nothing and never waits.
class MemoryShare {
 public:
  MemoryShare() = default;
  MemoryShare(MemoryShare&& other) noexcept;
  MemoryShare& operator=(MemoryShare&&) = delete;
  ~MemoryShare();

  void grow(std::uint64_t bytes);

 private:
  friend class MemoryBudget;
  MemoryBudget* budget_ = nullptr;
  std::uint64_t bytes_ = 0;
  bool ahead_ = false;  // it may go beyond the budget
};

class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes) : bytes_(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  std::uint64_t bytes() const { return bytes_; }

  /// Must be given back before this object goes.
  MemoryShare take(std::uint64_t bytes);

  /// The most that was held at a time.
  std::uint64_t most_held() const;

 private:
  friend class MemoryShare;
  void grow(MemoryShare& share, std::uint64_t bytes);
  void give_back(const MemoryShare& share);
  void hold(MemoryShare& share, std::uint64_t bytes);
  bool fits(std::uint64_t bytes) const { return bytes <= bytes_ && held_ <= bytes_ - bytes; }

  const std::uint64_t bytes_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t held_ = 0, most_held_ = 0;
  std::size_t holders_ = 0;
  bool any_ahead_ = false;
  std::list<std::uint64_t> taking_, growing_;  // what is asked for, from the one that has waited longest on
};

}  // namespace reslab::core
