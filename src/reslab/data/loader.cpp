#include "reslab/data/loader.h"

#include <utility>

#include "reslab/core/error.h"
#include "reslab/data/batch_threads.h"
#include "reslab/data/device_maker.h"

namespace reslab::data {
namespace {

void check(const LoaderOptions& options, std::int64_t batches) {
  const bool fits = options.first_epoch >= 0 && options.first_batch >= 0 && options.first_batch <= batches &&
                    options.epochs >= 0 && options.ahead >= 1 && options.threads >= 1;
  if (!fits)
    throw core::UserError(
        {.attempted = core::concatenate("load batches from batch ", options.first_batch, " of epoch ",
                                        options.first_epoch, ", of ", options.epochs, " epochs, ", options.ahead,
                                        " batches ahead, by ", options.threads, " threads"),
         .found = core::concatenate("epochs of ", batches, " batches"),
         .allowed = "an epoch from 0, a batch from 0 to an epoch's number of batches, at least 1 batch ahead, at least "
                    "1 thread"});
}

}  // namespace

/// Where next() is, and where its batches come from.
class Loader::Worker {
 public:
  Worker(const LoaderOptions& options, std::int64_t classes)
      : options_(options), classes_(classes), epoch_(options.first_epoch), index_(options.first_batch) {
    if (options_.mix) mixer_.emplace(*options_.mix);
  }
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
    if (mixer_) mix(batch);
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

  // In the caller's thread: it waits for the batch anyway, and the threads behind it share no batch as a whole.
  void mix(Batch& batch) const {
    const augment::Mixing mixing =
        mixer_->draw({.samples = batch.size(),
                      .size = {static_cast<int>(batch.images.size(2)), static_cast<int>(batch.images.size(3))}},
                     {.seed = options_.batch.seed,
                      .epoch = static_cast<std::uint32_t>(batch.epoch),
                      .batch = static_cast<std::uint32_t>(batch.index)});
    if (mixing.partners.empty()) return;
    batch.images = augment::mix_images(batch.images, mixing);
    batch.soft_labels = augment::mix_labels(batch.labels, classes_, mixing);
    if (!options_.batch.pinned || !batch.images.is_cpu()) return;
    batch.images = batch.images.pin_memory();
    batch.soft_labels = batch.soft_labels.pin_memory();
  }

  const LoaderOptions options_;
  const std::int64_t classes_;  // of the data set
  std::optional<augment::Mixer> mixer_;
  std::optional<Batch> first_;  // kept for repeat_first
  std::int64_t epoch_, index_;
};

namespace {

class ThreadWorker final : public Loader::Worker {
 public:
  ThreadWorker(BatchMaker maker, const LoaderOptions& options, std::int64_t classes)
      : Worker(options, classes), threads_(std::move(maker), options) {}

  std::int64_t batches() const override { return threads_.maker().batches(); }
  double waiting_seconds() const override { return threads_.waiting_seconds(); }

 private:
  Batch take(std::int64_t epoch, std::int64_t index) override {
    return made(epoch, index, [this] { return threads_.take(); });
  }

  BatchThreads threads_;
};

// No thread: a device makes them behind the caller's back anyway, in the order in which it is asked.
class DeviceWorker final : public Loader::Worker {
 public:
  DeviceWorker(BatchSource source, const LoaderOptions& options)
      : Worker(options, source.samples.info().class_count()), maker_(std::move(source), options.batch) {
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
  if (source.resident && DeviceMaker::suits(source)) {
    worker_ = std::make_unique<DeviceWorker>(std::move(source), options);
  } else {
    const std::int64_t classes = source.samples.info().class_count();
    BatchMaker maker(std::move(source), options.batch);
    check(options, maker.batches());
    worker_ = std::make_unique<ThreadWorker>(std::move(maker), options, classes);
  }
}

Loader::~Loader() = default;

std::optional<Batch> Loader::next() { return worker_->next(); }
std::int64_t Loader::batches() const { return worker_->batches(); }
double Loader::waiting_seconds() const { return worker_->waiting_seconds(); }

}  // namespace reslab::data
