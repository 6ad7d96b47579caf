// Early stopping: ends a training that gets no better on its hold-out. The test set plays no part in it.
//
//   Patience patience(3);
//   if (patience.after_epoch(holdout)) …   // three epochs in a row without a better accuracy than the best
#pragma once

#include <ATen/core/Tensor.h>

#include "reslab/train/events.h"

namespace reslab::train {

class Patience {
 public:
  /// `epochs` ≥ 0; 0: never over.
  explicit Patience(std::int64_t epochs);

  /// Whether it is over now. An accuracy that is only as good as the best counts as none better.
  bool after_epoch(const Evaluation& holdout);
  bool is_over() const;

  /// [best number of correct samples, epochs since then], int64, shared: what a checkpoint keeps.
  const at::Tensor& state() const { return state_; }

 private:
  std::int64_t epochs_;
  at::Tensor state_;
};

}  // namespace reslab::train
