#include "reslab/core/memory_budget.h"

#include <algorithm>
#include <utility>

namespace reslab::core {

MemoryShare::MemoryShare(MemoryShare&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_), ahead_(other.ahead_) {}

MemoryShare::~MemoryShare() {
  if (budget_ != nullptr) budget_->give_back(*this);
}

void MemoryShare::grow(std::uint64_t bytes) {
  if (budget_ != nullptr) budget_->grow(*this, bytes);
}

MemoryShare MemoryBudget::take(std::uint64_t bytes) {
  MemoryShare share;
  std::unique_lock lock(mutex_);
  const auto mine = taking_.insert(taking_.end(), bytes);
  changed_.wait(lock, [&] { return mine == taking_.begin() && growing_.empty() && (holders_ == 0 || fits(bytes)); });
  taking_.erase(mine);
  ++holders_;
  share.budget_ = this;
  hold(share, bytes);
  return share;
}

void MemoryBudget::grow(MemoryShare& share, std::uint64_t bytes) {
  std::unique_lock lock(mutex_);
  if (!share.ahead_ && !fits(bytes)) {
    const auto mine = growing_.insert(growing_.end(), bytes);
    changed_.notify_all();  // it may be the last of the holders that could give something back
    changed_.wait(
        lock, [&] { return fits(bytes) || (!any_ahead_ && mine == growing_.begin() && growing_.size() == holders_); });
    growing_.erase(mine);
  }
  hold(share, bytes);
}

void MemoryBudget::give_back(const MemoryShare& share) {
  const std::lock_guard lock(mutex_);
  held_ -= share.bytes_;
  --holders_;
  if (share.ahead_) any_ahead_ = false;
  if (!growing_.empty() || !taking_.empty()) changed_.notify_all();
}

void MemoryBudget::hold(MemoryShare& share, std::uint64_t bytes) {
  if (!share.ahead_ && !fits(bytes)) share.ahead_ = any_ahead_ = true;
  share.bytes_ += bytes;
  held_ += bytes;
  most_held_ = std::max(most_held_, held_);
  // Others may fit beside it, and those that take may go on where nobody waits to grow.
  if (!growing_.empty() || !taking_.empty()) changed_.notify_all();
}

std::uint64_t MemoryBudget::most_held() const {
  const std::lock_guard lock(mutex_);
  return most_held_;
}

}  // namespace reslab::core
