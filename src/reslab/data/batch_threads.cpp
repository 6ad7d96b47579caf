#include "reslab/data/batch_threads.h"

#include <algorithm>
#include <utility>

namespace reslab::data {
namespace {

// Pieces of a batch for each thread: enough that none waits long for the others at its end.
constexpr std::int64_t pieces_for_each_thread = 4;

}  // namespace

BatchThreads::BatchThreads(BatchMaker maker, const LoaderOptions& options)
    : maker_(std::move(maker)), options_(options), epoch_(options.first_epoch), index_(options.first_batch) {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
}

BatchThreads::~BatchThreads() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

Batch BatchThreads::take() {
  std::unique_lock lock(mutex_);
  const auto began = std::chrono::steady_clock::now();
  const auto ready = [this] { return !jobs_.empty() && jobs_.front().done(); };
  changed_.wait(lock, [&] { return ready() || (failure_ && writing_ == 0 && !beginning_); });
  waited_ += std::chrono::steady_clock::now() - began;
  if (!ready()) std::rethrow_exception(failure_);
  Batch batch = std::move(jobs_.front().batch);
  jobs_.pop_front();
  changed_.notify_all();
  return batch;
}

void BatchThreads::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_, std::defer_lock);
  try {
    BatchMaker::Hand hand = maker_.hand();
    lock.lock();
    while (changed_.wait(lock, stop, [this] { return has_work(); }) && !stop.stop_requested() && !failure_) {
      if (unfinished() != nullptr)
        write_piece(lock, hand);
      else
        begin_job(lock);
    }
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    if (!failure_) failure_ = std::current_exception();
    changed_.notify_all();
  }
}

// The first job of which images aren't given out yet: earlier batches go before later ones.
BatchThreads::Job* BatchThreads::unfinished() {
  for (Job& job : jobs_)
    if (job.given < job.batch.size()) return &job;
  return nullptr;
}

bool BatchThreads::may_begin() const {
  if (beginning_ || std::ssize(jobs_) > options_.ahead) return false;
  if (options_.repeat_first && (epoch_ != options_.first_epoch || index_ != options_.first_batch)) return false;
  const bool over = index_ == maker_.batches() && epoch_ + 1 >= options_.epochs;
  return epoch_ < options_.epochs && !over;
}

void BatchThreads::begin_job(std::unique_lock<std::mutex>& lock) {
  struct Beginning {
    BatchThreads& threads;
    std::unique_lock<std::mutex>& lock;
    ~Beginning() {
      if (!lock.owns_lock()) lock.lock();
      threads.beginning_ = false;
      threads.changed_.notify_all();
    }
  };
  beginning_ = true;
  const Beginning beginning{*this, lock};
  lock.unlock();
  if (index_ == maker_.batches()) {
    ++epoch_;
    index_ = 0;
    order_ = {};
  }
  if (order_.places.empty()) order_ = maker_.order(epoch_);
  Batch batch = maker_.begin(order_, epoch_, index_);
  lock.lock();
  ++index_;
  jobs_.push_back({.batch = std::move(batch)});
}

void BatchThreads::write_piece(std::unique_lock<std::mutex>& lock, BatchMaker::Hand& hand) {
  Job& job = *unfinished();
  const std::int64_t images = job.batch.size(), first = job.given;
  const std::int64_t most = options_.threads == 1 ? images : images / (options_.threads * pieces_for_each_thread) + 1;
  const std::int64_t last = job.given = std::min(images, first + most);
  struct Writing {
    BatchThreads& threads;
    std::unique_lock<std::mutex>& lock;
    ~Writing() {
      if (!lock.owns_lock()) lock.lock();
      --threads.writing_;
      threads.changed_.notify_all();
    }
  };
  ++writing_;
  const Writing writing{*this, lock};
  lock.unlock();
  maker_.write(job.batch, first, last, hand);
  lock.lock();
  job.written += last - first;
}

}  // namespace reslab::data
