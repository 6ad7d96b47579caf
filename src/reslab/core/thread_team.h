// Threads that do on the processor what a GPU's block of threads does, with its barriers: the same source, so that
// tests can run it.
#pragma once

#include <barrier>
#include <cstddef>
#include <thread>
#include <vector>

namespace reslab::core {

/// Threads that wait for each other.
class ThreadTeam {
 public:
  struct Shared {
    explicit Shared(int threads) : size(threads), barrier(threads) {}
    const int size;
    std::barrier<> barrier;
  };
  ThreadTeam(Shared& shared, int index) : shared_(&shared), index_(index) {}

  int index() const { return index_; }
  int size() const { return shared_->size; }
  void wait() { shared_->barrier.arrive_and_wait(); }

 private:
  Shared* shared_;
  int index_;
};

/// Runs work(team) in so many threads at once, and waits for all.
template <typename Work>
void run_in_team(int threads, const Work& work) {
  ThreadTeam::Shared shared(threads);
  std::vector<std::jthread> running;
  running.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i)
    running.emplace_back([&, i] {
      ThreadTeam team(shared, i);
      work(team);
    });
}

}  // namespace reslab::core
