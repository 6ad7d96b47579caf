// The order of samples in an epoch where classes of unlike sizes are to be seen equally often.
//
//   const data::BalancedOrder balanced(labels, {.seed = 1});
//   const data::EpochOrder order = balanced.order(3);
//   order.places[17], order.uses[17];    // the sample, and how often it was drawn before in the training
//
// An epoch has as many samples as the training set, n. With K classes that have samples, each class gets ⌊n / K⌋ of
// them, and the n mod K that are left go to the classes in turn, going on in the next epoch where this one ended: over
// K epochs every class gets exactly n. A class's own samples are taken in passes: each pass is a permutation of all of
// them, and goes on over the ends of epochs. So within a class no sample is ever used more than once oftener than
// another. The epoch's samples are then shuffled together.
//
// A function of labels, seed and epoch alone: nothing depends on threads or on where a training was interrupted. The
// permutation of pass p of class c is keyed by (seed, stream balance, epoch = p, sample = c), the shuffling as
// Sampler's order.
//
// Where a sample comes twice in an epoch, augmentation has to differ, so it is keyed by `uses` in place of the epoch.
//
// Thread safety: immutable.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace reslab::data {

/// The samples of an epoch, in order.
struct EpochOrder {
  std::vector<std::int64_t> places;  ///< in the split
  std::vector<std::uint32_t> uses;  ///< of each: how often it was drawn before, modulo 2³²; empty: the epoch's number
};

class BalancedOrder {
 public:
  /// labels: of each sample by its place, ≥ 0; [1, 2³²) of them. A label that doesn't occur is no class.
  BalancedOrder(std::span<const std::int64_t> labels, std::uint64_t seed);

  /// epoch is in [0, 2³²).
  EpochOrder order(std::int64_t epoch) const;

 private:
  std::vector<std::vector<std::int64_t>> classes_;  // the places of each that has samples, ascending
  std::vector<std::uint32_t> labels_;               // of these classes
  std::int64_t samples_;
  std::uint64_t seed_;
};

}  // namespace reslab::data
