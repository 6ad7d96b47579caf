// What every batch of a run is, before anyone makes it: which samples, in which order, of which size.
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

/// n samples, on the processor or on the device where they were made.
struct Batch {
  at::Tensor images;       ///< [n, channels, height, width], channels-last, fp32 or bf16
  at::Tensor labels;       ///< [n], int64
  at::Tensor sample_ids;   ///< [n], int64: places in BatchSource::dataset
  std::int64_t epoch = 0;  ///< counted from 0
  std::int64_t index = 0;  ///< of the batch in its epoch, from 0

  std::int64_t size() const { return labels.size(0); }
};

/// A data set's tensors on another device, or the same: Dataset's images and labels.
struct ResidentData {
  at::Tensor images;  ///< [samples, height, width, channels], uint8, contiguous
  at::Tensor labels;  ///< [samples], int64
};

/// What batches are made of.
struct BatchSource {
  Dataset dataset;          ///< the whole set, also where a part of it is used: augmentation is keyed by places in it
  at::Tensor indices = {};  ///< [samples used], int64 in [0, dataset.size()), CPU; undefined: all
  std::shared_ptr<const augment::Pipeline> pipeline = nullptr;  ///< null: none
  augment::Normalizer normalizer;                               ///< of as many channels as the images
  std::shared_ptr<const ResidentData> resident = nullptr;       ///< where batches are made on a device: see DeviceMaker

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
  bool pinned = false;     ///< in memory that a GPU copies from by itself, while the processor goes on; needs one
  std::uint64_t seed = 0;  ///< of shuffling and augmentation
  /// Sides in pixels to which augmented images are made smaller, by epoch, the last one's for all later ones; empty: as
  /// they are.
  std::vector<std::int64_t> sides = {};
};

class BatchPlan {
 public:
  /// Throws UserError when the options, the images' size and channels, and the pipeline don't fit together.
  BatchPlan(BatchSource source, const BatchOptions& options);

  const BatchSource& source() const { return source_; }
  const BatchOptions& options() const { return options_; }
  const Sampler& sampler() const { return sampler_; }

  augment::Size input() const { return input_; }    ///< of the data set's images
  augment::Size size_in(std::int64_t epoch) const;  ///< of a batch's
  int channels() const { return source_.normalizer.channels(); }

  /// Of a sample in an epoch.
  augment::SampleKey key(std::int64_t epoch, std::int64_t id) const {
    return {
        .seed = options_.seed, .epoch = static_cast<std::uint32_t>(epoch), .sample = static_cast<std::uint32_t>(id)};
  }

  /// The samples, as places in the data set, in the order of an epoch given as Sampler gives it.
  std::vector<std::int64_t> ids(std::vector<std::int64_t> order) const;

 private:
  BatchSource source_;
  BatchOptions options_;
  Sampler sampler_;
  augment::Size input_, output_;
};

}  // namespace reslab::data
