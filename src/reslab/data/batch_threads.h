// The threads behind data::Loader: they make batches in order, several of them at one batch.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "reslab/data/batch_maker.h"
#include "reslab/data/loader.h"

namespace reslab::data {

/// Makes the batches from options.first_batch of options.first_epoch to the last epoch's end, or the first of them
/// alone (options.repeat_first). Not thread-safe: one thread calls take().
class BatchThreads {
 public:
  /// `options` are in range.
  BatchThreads(BatchMaker maker, const LoaderOptions& options);
  ~BatchThreads();
  BatchThreads(const BatchThreads&) = delete;
  BatchThreads& operator=(const BatchThreads&) = delete;

  const BatchMaker& maker() const { return maker_; }

  /// The next batch, waiting for it if need be; there must be one. Throws what a thread threw, after the batches before
  /// it, and again in further calls.
  Batch take();

  /// Seconds that take() has waited so far.
  double waiting_seconds() const { return std::chrono::duration<double>(waited_).count(); }

 private:
  // A batch in the making: its images are handed out to the threads in pieces.
  struct Job {
    Batch batch;
    std::int64_t given = 0, written = 0;  // images

    bool done() const { return written == batch.size(); }
  };

  void run(const std::stop_token& stop);
  bool may_begin() const;
  Job* unfinished();
  bool has_work() { return failure_ || unfinished() != nullptr || may_begin(); }
  void begin_job(std::unique_lock<std::mutex>& lock);
  void write_piece(std::unique_lock<std::mutex>& lock, BatchMaker::Hand& hand);

  const BatchMaker maker_;
  const LoaderOptions options_;
  std::chrono::steady_clock::duration waited_{};  // the consumer's alone

  std::mutex mutex_;  // of all below
  std::condition_variable_any changed_;
  std::deque<Job> jobs_;        // in the order of the batches; a deque, so that none moves while others come and go
  bool beginning_ = false;      // one thread is at begin_job, and has the three below
  std::int64_t epoch_, index_;  // of the next job
  EpochOrder order_;            // of that epoch; empty: not yet computed
  int writing_ = 0;             // threads that write pieces
  std::exception_ptr failure_;

  std::vector<std::jthread> threads_;  // last, so that they have ended before what they use goes
};

}  // namespace reslab::data
