// Where the time of a training step goes, operation by operation.
//
//   const StepProfile profile = profile_steps(trainer, {.warmup = 2, .steps = 5});
//   for (const Operation& operation : profile.operations) …
//
// Operations are libtorch's and our own, as they tell at::RecordFunction of themselves, each with what it calls: the
// parts of one aren't counted again. Those of the optimiser and of the loss are taken together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reslab/train/trainer.h"

namespace reslab::train {

/// All calls of one operation, divided by the number of steps.
struct Operation {
  std::string name;    ///< "aten::mm", "reslab::conv3x3"
  double calls = 0;    ///< a step
  double seconds = 0;  ///< a step
  double flop = 0;     ///< of convolutions and matrix products, by the direct method, 2 a multiply-add; 0: not counted
  double bytes = 0;    ///< that it must move at least: each operand read once, each result written once; 0: not known

  /// Of the whitening layer, with its bias and its activation in the same pass: convolution and what else would be a
  /// pass of its own can't be told apart there.
  bool is_of_patches() const;
  /// Any other convolution, or a gradient of one.
  bool is_convolution() const;
};

struct StepProfile {
  std::vector<Operation> operations;  ///< the longest first
  std::int64_t steps = 0;
  double step_images = 0;      ///< mean number of images
  double step_seconds = 0;     ///< mean, from the end of one step to the end of the next, without evaluations
  double waiting_seconds = 0;  ///< of which for data

  double flop() const;  ///< of the operations together, a step
  /// Between the operations: our own code, the allocator, the dispatcher.
  double other_seconds() const;
};

/// Random images in the form of a data set whose images are of one size, the same in both splits. As many as it has
/// itself, so that reading them misses the caches as it does there.
data::Splits random_images(const data::DatasetInfo& info, std::int64_t samples);

struct ProfileOptions {
  std::int64_t warmup = 2, steps = 5;  ///< ≥ 0, ≥ 1
};

/// Trains the steps with the trainer's own loader, and leaves the network trained by them. Throws UserError when the
/// recipe has fewer steps than asked for.
StepProfile profile_steps(Trainer& trainer, const ProfileOptions& options = {});

/// What this machine can do at best, measured in about a second.
struct Roofline {
  double flop_per_second = 0;   ///< of a product of two large matrices in the type of the activations
  double bytes_per_second = 0;  ///< of copying a tensor larger than the caches, bytes read and written
};

Roofline measure_roofline(const Compute& compute);

/// The least time that an operation could take under the roofline, in seconds a step; 0 where nothing is known of it.
double least_seconds(const Operation& operation, const Roofline& roofline);

}  // namespace reslab::train
