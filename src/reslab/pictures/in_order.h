// Items made by several threads and handed over one after the other, in their order, whatever thread is done first.
//
//   in_order<Picture>({.count = paths.size(), .threads = 4}, [&](std::size_t i) { return decode(paths[i]); },
//                     [&](std::size_t i, Picture picture) { file.write(picture); });
//
// What either throws ends the work and is thrown on. A thread runs ahead of the first item that isn't there yet by a
// few items only, so that what waits is bounded.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace reslab::pictures {

struct OrderedWork {
  std::size_t count = 0;
  int threads = 1;  ///< ≥ 1
};

/// One run of in_order.
template <typename Item, typename Make, typename Take>
class OrderedRun {
 public:
  OrderedRun(const OrderedWork& work, const Make& make, const Take& take) : work_(work), make_(make), take_(take) {}

  void run() {
    const auto threads = std::min(static_cast<std::size_t>(work_.threads), work_.count);
    {
      std::vector<std::jthread> others;
      for (std::size_t i = 1; i < threads; ++i) others.emplace_back([this] { work(); });
      work();
    }
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    const std::size_t ahead = 4 * static_cast<std::size_t>(work_.threads);
    for (;;) {
      changed_.wait(lock, [&] { return failure_ || next_ == work_.count || next_ < taken_ + ahead; });
      if (failure_ || next_ == work_.count) return;
      try {
        make_one(lock);
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        if (!failure_) failure_ = std::current_exception();
      }
      changed_.notify_all();
    }
  }

  void make_one(std::unique_lock<std::mutex>& lock) {
    const std::size_t mine = next_++;
    lock.unlock();
    Item item = make_(mine);
    lock.lock();
    ready_.emplace(mine, std::move(item));
    if (taking_) return;  // that thread sees it before it goes
    taking_ = true;
    while (!failure_ && !ready_.empty() && ready_.begin()->first == taken_) {
      auto first = ready_.extract(ready_.begin());
      lock.unlock();
      take_(first.key(), std::move(first.mapped()));
      lock.lock();
      ++taken_;
      changed_.notify_all();
    }
    taking_ = false;
  }

  const OrderedWork work_;
  const Make& make_;
  const Take& take_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, Item> ready_;
  std::size_t next_ = 0, taken_ = 0;
  bool taking_ = false;
  std::exception_ptr failure_;
};

/// make(i) for each i in [0, count), called by several threads at once; take(i, item) by one at a time, i rising by
/// one.
template <typename Item, typename Make, typename Take>
void in_order(const OrderedWork& work, const Make& make, const Take& take) {
  OrderedRun<Item, Make, Take>(work, make, take).run();
}

}  // namespace reslab::pictures
