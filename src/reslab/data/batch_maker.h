// Makes any batch of any epoch on the processor: picks its samples, augments and normalises them.
//
//   data::BatchMaker maker({.samples = splits.train, .pipeline = pipeline, .transform = transform},
//                          {.batch_size = 512, .shuffle = true, .seed = 1});
//   auto batch = maker.make(maker.order(3), 3, 97);
//
// What a batch holds is a function of source, options, epoch and index alone. data::Loader makes them ahead of time.
#pragma once

#include <memory>
#include <utility>

#include "reslab/data/batch_plan.h"

namespace reslab::data {

/// Thread safety: const functions may be called at once, each thread with a hand of its own.
class BatchMaker {
 public:
  /// What one thread needs to make images; kept, so that only the first images allocate.
  struct Hand {
    std::unique_ptr<ImageReader> reader;
    augment::Image image = {};
  };

  /// Throws as BatchPlan does.
  BatchMaker(BatchSource source, const BatchOptions& options) : plan_(std::move(source), options) {}

  /// Batches in an epoch.
  std::int64_t batches() const { return plan_.sampler().batches(); }

  /// The samples of an epoch, as Sampler or BalancedOrder gives them.
  EpochOrder order(std::int64_t epoch) const { return plan_.order(epoch); }

  Hand hand() const { return {.reader = plan_.source().samples.source->reader()}; }

  /// Batch `index`, in [0, batches()), of an epoch, given that epoch's order; on the CPU, its images not yet written.
  Batch begin(const EpochOrder& order, std::int64_t epoch, std::int64_t index) const;

  /// Writes the images first … last − 1 of a batch that begin() made. Several threads may write parts of one batch.
  void write(Batch& batch, std::int64_t first, std::int64_t last, Hand& hand) const;

  /// The whole batch, made in the calling thread.
  Batch make(const EpochOrder& order, std::int64_t epoch, std::int64_t index) const;

 private:
  template <typename Value>
  void write_images(Batch& batch, std::int64_t first, std::int64_t last, Hand& hand) const;
  void load_image(std::int64_t id, std::int64_t epoch, std::int64_t use, Hand& hand) const;

  BatchPlan plan_;
};

}  // namespace reslab::data
