// Keeps samples of the training set back, to choose by without looking at the test set.
//
//   const data::Holdout places = data::draw_holdout({.samples = 50'000, .holdout = 5'000, .seed = 1});
//   const data::Split kept = data::select(splits.train, places.holdout);
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace reslab::data {

struct HoldoutOptions {
  std::int64_t samples = 0;  ///< of the whole training set, in [1, 2^32)
  std::int64_t holdout = 0;  ///< samples to keep back, in [0, samples)
  std::uint64_t seed = 0;
};

/// Places in the whole training set: int64, ascending, CPU. Disjoint; together they are all of it.
struct Holdout {
  at::Tensor train;    ///< [samples − holdout]
  at::Tensor holdout;  ///< [holdout]
};

/// Every subset of `holdout` samples is equally likely, whatever their labels; random numbers from the stream `split`.
/// Throws UserError when holdout leaves nothing to train on.
Holdout draw_holdout(const HoldoutOptions& options);

}  // namespace reslab::data
