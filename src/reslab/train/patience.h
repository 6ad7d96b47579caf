// Early stopping: ends a training that gets no better on its hold-out. The test set plays no part in it.
//
//   Patience patience(3);
//   if (patience.after_epoch(holdout)) …   // three epochs in a row without a better accuracy than the best
#pragma once

#include <ATen/core/Tensor.h>

#include "reslab/train/events.h"
#include "reslab/train/holdout_metric.h"

namespace reslab::train {

class Patience {
 public:
  /// `epochs` ≥ 0; 0: never over.
  explicit Patience(std::int64_t epochs, HoldoutMetric metric = HoldoutMetric::accuracy);

  /// Whether it is over now. A score that is only as good as the best counts as none better.
  bool after_epoch(const Evaluation& holdout) { return after_epoch(score(holdout, metric_)); }
  /// The same of a train::score by the metric.
  bool after_epoch(double score);
  bool is_over() const;

  /// [best, epochs since then], int64, shared: what a checkpoint keeps. The best is the number of correct samples; by
  /// another metric than accuracy, the bits of the score as a double.
  const at::Tensor& state() const { return state_; }

 private:
  std::int64_t epochs_;
  HoldoutMetric metric_;
  at::Tensor state_;
};

}  // namespace reslab::train
