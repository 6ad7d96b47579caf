#include "reslab/data/loader.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "reslab/core/error.h"

namespace reslab::data {
namespace {

void check(const LoaderOptions& options, std::int64_t batches) {
  const bool fits = options.first_epoch >= 0 && options.first_batch >= 0 && options.first_batch <= batches &&
                    options.epochs >= 0 && options.ahead >= 1;
  if (!fits)
    throw core::UserError(
        {.attempted =
             core::concatenate("load batches from batch ", options.first_batch, " of epoch ", options.first_epoch,
                               ", of ", options.epochs, " epochs, ", options.ahead, " batches ahead"),
         .found = core::concatenate("epochs of ", batches, " batches"),
         .allowed = "an epoch from 0, a batch from 0 to an epoch's number of batches, at least 1 batch ahead"});
}

}  // namespace

class Loader::Worker {
 public:
  Worker(BatchSource source, const LoaderOptions& options)
      : options_(options),
        maker_(std::move(source), options.batch),
        epoch_(options.first_epoch),
        index_(options.first_batch) {
    check(options, batches());
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  std::int64_t batches() const { return maker_.batches(); }
  double waiting_seconds() const { return std::chrono::duration<double>(waited_).count(); }

  std::optional<Batch> next() {
    if (epoch_ >= options_.epochs) return std::nullopt;
    if (index_ == batches()) {
      ++epoch_;
      index_ = 0;
      return std::nullopt;
    }
    Batch batch = take();
    RESLAB_ASSERT(batch.epoch == epoch_ && batch.index == index_);
    ++index_;
    return batch;
  }

 private:
  Batch take() {
    std::unique_lock lock(mutex_);
    const auto began = std::chrono::steady_clock::now();
    changed_.wait(lock, [this] { return !ready_.empty() || failure_; });
    waited_ += std::chrono::steady_clock::now() - began;
    if (ready_.empty()) std::rethrow_exception(failure_);
    Batch batch = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    return batch;
  }

  void run(const std::stop_token& stop) {
    try {
      make_all(stop);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
      changed_.notify_all();
    }
  }

  Batch make(const std::vector<std::int64_t>& order, std::int64_t epoch, std::int64_t index) {
    if (!options_.repeat_first) return maker_.make(order, epoch, index);
    if (!first_) first_ = maker_.make(order, epoch, index);
    Batch batch = *first_;
    batch.epoch = epoch;
    batch.index = index;
    return batch;
  }

  void make_all(const std::stop_token& stop) {
    std::int64_t index = options_.first_batch;
    for (std::int64_t epoch = options_.first_epoch; epoch < options_.epochs; ++epoch, index = 0) {
      const std::vector<std::int64_t> order = maker_.order(epoch);
      for (; index < batches(); ++index) {
        Batch batch = make(order, epoch, index);
        std::unique_lock lock(mutex_);
        const bool room = changed_.wait(lock, stop, [this] { return std::ssize(ready_) < options_.ahead; });
        if (!room || stop.stop_requested()) return;
        ready_.push_back(std::move(batch));
        changed_.notify_all();
      }
    }
  }

  const LoaderOptions options_;
  BatchMaker maker_;
  std::optional<Batch> first_;  // kept for repeat_first

  // Where next() is; the consumer's alone.
  std::int64_t epoch_, index_;
  std::chrono::steady_clock::duration waited_{};

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Batch> ready_;
  std::exception_ptr failure_;

  std::jthread thread_;  // last, so that it has ended before what it uses goes
};

Loader::Loader(BatchSource source, const LoaderOptions& options)
    : worker_(std::make_unique<Worker>(std::move(source), options)) {}

Loader::~Loader() = default;

std::optional<Batch> Loader::next() { return worker_->next(); }
std::int64_t Loader::batches() const { return worker_->batches(); }
double Loader::waiting_seconds() const { return worker_->waiting_seconds(); }

}  // namespace reslab::data
