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
#include "reslab/data/device_maker.h"

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

/// Where next() is, and where its batches come from.
class Loader::Worker {
 public:
  explicit Worker(const LoaderOptions& options)
      : options_(options), epoch_(options.first_epoch), index_(options.first_batch) {}
  virtual ~Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  virtual std::int64_t batches() const = 0;
  virtual double waiting_seconds() const { return 0; }

  std::optional<Batch> next() {
    if (epoch_ >= options_.epochs) return std::nullopt;
    if (index_ == batches()) {
      ++epoch_;
      index_ = 0;
      return std::nullopt;
    }
    Batch batch = take(epoch_, index_);
    RESLAB_ASSERT(batch.epoch == epoch_ && batch.index == index_);
    ++index_;
    return batch;
  }

 protected:
  const LoaderOptions& options() const { return options_; }

  // What `make` makes, but for repeat_first, where it is asked once.
  template <typename Make>
  Batch made(std::int64_t epoch, std::int64_t index, const Make& make) {
    if (!options_.repeat_first) return make();
    if (!first_) first_ = make();
    Batch batch = *first_;
    batch.epoch = epoch;
    batch.index = index;
    return batch;
  }

 private:
  virtual Batch take(std::int64_t epoch, std::int64_t index) = 0;

  const LoaderOptions options_;
  std::optional<Batch> first_;  // kept for repeat_first
  std::int64_t epoch_, index_;
};

namespace {

// A thread that makes batches on the processor, ahead of time.
class ThreadWorker final : public Loader::Worker {
 public:
  ThreadWorker(BatchSource source, const LoaderOptions& options)
      : Worker(options), maker_(std::move(source), options.batch) {
    check(options, maker_.batches());
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  std::int64_t batches() const override { return maker_.batches(); }
  double waiting_seconds() const override { return std::chrono::duration<double>(waited_).count(); }

 private:
  Batch take(std::int64_t, std::int64_t) override {
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

  void make_all(const std::stop_token& stop) {
    std::int64_t index = options().first_batch;
    for (std::int64_t epoch = options().first_epoch; epoch < options().epochs; ++epoch, index = 0) {
      const std::vector<std::int64_t> order = maker_.order(epoch);
      for (; index < batches(); ++index) {
        Batch batch = made(epoch, index, [&] { return maker_.make(order, epoch, index); });
        std::unique_lock lock(mutex_);
        const bool room = changed_.wait(lock, stop, [this] { return std::ssize(ready_) < options().ahead; });
        if (!room || stop.stop_requested()) return;
        ready_.push_back(std::move(batch));
        changed_.notify_all();
      }
    }
  }

  BatchMaker maker_;
  std::chrono::steady_clock::duration waited_{};  // the consumer's alone

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Batch> ready_;
  std::exception_ptr failure_;

  std::jthread thread_;  // last, so that it has ended before what it uses goes
};

// No thread: a device makes them behind the caller's back anyway, in the order in which it is asked.
class DeviceWorker final : public Loader::Worker {
 public:
  DeviceWorker(BatchSource source, const LoaderOptions& options)
      : Worker(options), maker_(std::move(source), options.batch) {
    check(options, maker_.batches());
  }

  std::int64_t batches() const override { return maker_.batches(); }

 private:
  Batch take(std::int64_t epoch, std::int64_t index) override {
    return made(epoch, index, [&] { return maker_.make(epoch, index); });
  }

  DeviceMaker maker_;
};

}  // namespace

Loader::Loader(BatchSource source, const LoaderOptions& options) {
  if (source.resident && DeviceMaker::suits(source))
    worker_ = std::make_unique<DeviceWorker>(std::move(source), options);
  else
    worker_ = std::make_unique<ThreadWorker>(std::move(source), options);
}

Loader::~Loader() = default;

std::optional<Batch> Loader::next() { return worker_->next(); }
std::int64_t Loader::batches() const { return worker_->batches(); }
double Loader::waiting_seconds() const { return worker_->waiting_seconds(); }

}  // namespace reslab::data
