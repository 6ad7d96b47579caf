// Makes any batch of any epoch: picks its samples, augments and normalises them, serially, in the calling thread.
//
//   data::BatchMaker maker({.dataset = parts.train, .pipeline = pipeline, .normalizer = normalizer},
//                          {.batch_size = 512, .shuffle = true, .seed = 1});
//   auto batch = maker.make(maker.order(3), 3, 97);
//
// What a batch holds is a function of source, options, epoch and index alone. data::Loader makes them ahead of time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "reslab/augment/normalize.h"
#include "reslab/augment/policy.h"
#include "reslab/data/dataset.h"
#include "reslab/data/sampler.h"

namespace reslab::data {

/// n samples on the CPU.
struct Batch {
  at::Tensor images;       ///< [n, channels, height, width], channels-last, fp32 or bf16
  at::Tensor labels;       ///< [n], int64
  at::Tensor sample_ids;   ///< [n], int64: places in BatchSource::dataset
  std::int64_t epoch = 0;  ///< counted from 0
  std::int64_t index = 0;  ///< of the batch in its epoch, from 0

  std::int64_t size() const { return labels.size(0); }
};

/// What batches are made of.
struct BatchSource {
  Dataset dataset;          ///< the whole set, also where a part of it is used: augmentation is keyed by places in it
  at::Tensor indices = {};  ///< [samples used], int64 in [0, dataset.size()), CPU; undefined: all
  std::shared_ptr<const augment::Pipeline> pipeline = nullptr;  ///< null: none
  augment::Normalizer normalizer;                               ///< of as many channels as the images

  /// Samples used.
  std::int64_t size() const { return indices.defined() ? indices.size(0) : dataset.size(); }
};

enum class BatchType { fp32, bf16 };

struct BatchOptions {
  std::int64_t batch_size = 512;   ///< samples, ≥ 1
  bool shuffle = true;             ///< else in the order of `indices`, in every epoch
  bool drop_last = false;          ///< leave out an epoch's last batch when it isn't full
  std::int64_t limit_batches = 0;  ///< only an epoch's first so many batches; 0 for all
  BatchType type = BatchType::fp32;
  std::uint64_t seed = 0;  ///< of shuffling and augmentation
  /// Sides in pixels to which augmented images are made smaller, by epoch, the last one's for all later ones; empty: as
  /// they are.
  std::vector<std::int64_t> sides = {};
};

/// Not thread-safe: make() reuses its memory.
class BatchMaker {
 public:
  /// Throws UserError when the options, the images' size and channels, and the pipeline don't fit together.
  BatchMaker(BatchSource source, const BatchOptions& options);

  /// Batches in an epoch.
  std::int64_t batches() const { return sampler_.batches(); }

  /// The epoch's order of places in `indices`, as Sampler gives it.
  std::vector<std::int64_t> order(std::int64_t epoch) const { return sampler_.order(epoch); }

  /// Batch `index`, in [0, batches()), of an epoch, given that epoch's order.
  Batch make(const std::vector<std::int64_t>& order, std::int64_t epoch, std::int64_t index);

 private:
  template <typename Value>
  void write_images(Batch& batch);
  void load_image(std::int64_t id, std::int64_t epoch);
  augment::Size size_in(std::int64_t epoch) const;

  BatchSource source_;
  BatchOptions options_;
  Sampler sampler_;
  augment::Size input_, output_;
  augment::Image image_;  // kept, so that only the first image allocates
};

}  // namespace reslab::data
