// Keeps samples of the training set back, to choose by without looking at the test set.
//
//   auto [train, holdout] = data::split_holdout({.samples = 50'000, .holdout = 5'000, .seed = 1});
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace reslab::data {

struct SplitOptions {
  std::int64_t samples = 0;  ///< of the whole training set, in [1, 2^32)
  std::int64_t holdout = 0;  ///< samples to keep back, in [0, samples)
  std::uint64_t seed = 0;
};

/// Indices into the whole training set: int64, ascending, CPU. Disjoint; together they are all of it.
struct Split {
  at::Tensor train;    ///< [samples − holdout]
  at::Tensor holdout;  ///< [holdout]
};

/// Every subset of `holdout` samples is equally likely, whatever their labels; random numbers from the stream `split`.
/// Throws UserError when holdout leaves nothing to train on.
Split split_holdout(const SplitOptions& options);

}  // namespace reslab::data
