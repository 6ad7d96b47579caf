// What every batch of a run is, before anyone makes it: which samples, in which order, of which size.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "reslab/augment/policy.h"
#include "reslab/data/balanced_order.h"
#include "reslab/data/eval_transform.h"
#include "reslab/data/sampler.h"
#include "reslab/data/split.h"

namespace reslab::data {

/// n samples, on the processor or on the device where they were made.
struct Batch {
  at::Tensor images;            ///< [n, channels, height, width], channels-last, fp32 or bf16
  at::Tensor labels;            ///< [n], int64
  at::Tensor soft_labels = {};  ///< [n, classes], fp32, rows sum to 1: what is to be learnt, where images are mixed
  at::Tensor sample_ids;        ///< [n], int64: ids in the source
  std::int64_t epoch = 0;       ///< counted from 0
  std::int64_t index = 0;       ///< of the batch in its epoch, from 0
  /// By which each sample's augmentation is keyed; empty: by `epoch`. See EpochOrder.
  std::vector<std::uint32_t> uses = {};

  std::int64_t size() const { return labels.size(0); }

  /// What the loss takes: soft_labels where there are any, else labels.
  const at::Tensor& targets() const { return soft_labels.defined() ? soft_labels : labels; }
};

/// A source's tensors on another device, or the same.
struct ResidentData {
  at::Tensor images;  ///< [samples, height, width, channels], uint8, contiguous: ImageSource::tensor()
  at::Tensor labels;  ///< [samples], int64, by id
};

/// What batches are made of.
struct BatchSource {
  Split samples;                                                ///< augmentation is keyed by their ids
  std::shared_ptr<const augment::Pipeline> pipeline = nullptr;  ///< null: the images as `transform` has them
  EvalTransform transform;                                      ///< with a pipeline, its normaliser alone
  /// With a pipeline: ReadOptions::least_side of what it is given, in pixels. 0: images in full.
  int least_side = 0;
  std::shared_ptr<const ResidentData> resident = nullptr;  ///< where batches are made on a device: see DeviceMaker

  std::int64_t size() const { return samples.size(); }
  int channels() const { return transform.normalizer.channels(); }
};

/// Whether images are brought to one size by the transform before the pipeline gets them: those of many sizes, unless
/// the pipeline is made for them.
bool fits_before_pipeline(const BatchSource& source);

/// Of the images as they leave the pipeline, or else the transform. Throws UserError where they aren't of one size.
augment::Size size_of_images(const BatchSource& source);

enum class BatchType { fp32, bf16 };

struct BatchOptions {
  std::int64_t batch_size = 512;   ///< samples, ≥ 1
  bool shuffle = true;             ///< else in the split's order, in every epoch
  bool balanced = false;           ///< samples are drawn as BalancedOrder does; requires `shuffle`
  bool drop_last = false;          ///< leave out an epoch's last batch when it isn't full
  bool join_last = false;          ///< as in SamplerOptions
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

  augment::Size size_in(std::int64_t epoch) const;  ///< of a batch's images
  int channels() const { return source_.channels(); }
  bool fits_first() const { return fits_first_; }

  /// The samples of an epoch.
  EpochOrder order(std::int64_t epoch) const;

  /// Of a sample in an epoch.
  augment::SampleKey key(std::int64_t epoch, std::int64_t id) const {
    return {
        .seed = options_.seed, .epoch = static_cast<std::uint32_t>(epoch), .sample = static_cast<std::uint32_t>(id)};
  }

  /// The samples' ids, in an order of places as Sampler gives it.
  std::vector<std::int64_t> ids(std::vector<std::int64_t> order) const;

 private:
  BatchSource source_;
  BatchOptions options_;
  Sampler sampler_;
  std::optional<BalancedOrder> balanced_;
  augment::Size output_;  // of augmented images
  bool fits_first_;       // fits_before_pipeline
};

}  // namespace reslab::data
