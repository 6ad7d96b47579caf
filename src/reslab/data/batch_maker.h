// Makes any batch of any epoch: picks its samples, augments and normalises them, serially, in the calling thread.
//
//   data::BatchMaker maker({.dataset = parts.train, .pipeline = pipeline, .normalizer = normalizer},
//                          {.batch_size = 512, .shuffle = true, .seed = 1});
//   auto batch = maker.make(maker.order(3), 3, 97);
//
// What a batch holds is a function of source, options, epoch and index alone. data::Loader makes them ahead of time.
#pragma once

#include <utility>

#include "reslab/data/batch_plan.h"

namespace reslab::data {

/// Not thread-safe: make() reuses its memory.
class BatchMaker {
 public:
  /// Throws as BatchPlan does.
  BatchMaker(BatchSource source, const BatchOptions& options) : plan_(std::move(source), options) {}

  /// Batches in an epoch.
  std::int64_t batches() const { return plan_.sampler().batches(); }

  /// The epoch's order of places in `indices`, as Sampler gives it.
  std::vector<std::int64_t> order(std::int64_t epoch) const { return plan_.sampler().order(epoch); }

  /// Batch `index`, in [0, batches()), of an epoch, given that epoch's order; on the CPU.
  Batch make(const std::vector<std::int64_t>& order, std::int64_t epoch, std::int64_t index);

 private:
  template <typename Value>
  void write_images(Batch& batch);
  void load_image(std::int64_t id, std::int64_t epoch);

  BatchPlan plan_;
  augment::Image image_;  // kept, so that only the first image allocates
};

}  // namespace reslab::data
