// Keeps samples of the training set back, to choose by without looking at the test set.
//
//   const data::Holdout places = data::draw_holdout(splits.train, 5'000, /*seed=*/1);
//   const data::Split kept = data::select(splits.train, places.holdout);
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "reslab/data/split.h"

namespace reslab::data {

struct HoldoutOptions {
  std::int64_t samples = 0;  ///< of the whole training set, in [1, 2^32)
  std::int64_t holdout = 0;  ///< samples to keep back, in [0, samples)
  std::uint64_t seed = 0;
  std::span<const std::int64_t> labels = {};  ///< of all samples, ≥ 0; empty: classes don't matter
};

/// Places in the whole training set: int64, ascending, CPU. Disjoint; together they are all of it.
struct Holdout {
  at::Tensor train;    ///< [samples − holdout]
  at::Tensor holdout;  ///< [holdout]
};

/// Every subset of `holdout` samples is equally likely, whatever their labels; random numbers from the stream `split`.
/// But with labels no class loses its only training samples, as long as another class has one to spare: its first
/// held-out sample goes back, and the first training sample of the class that then has the most is held out for it.
/// Throws UserError when holdout leaves nothing to train on.
Holdout draw_holdout(const HoldoutOptions& options);

/// The same of a training set, by its labels.
Holdout draw_holdout(const Split& train, std::int64_t holdout, std::uint64_t seed);

}  // namespace reslab::data
