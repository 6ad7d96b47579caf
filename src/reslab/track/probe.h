// A few seconds of the work that training consists of, to tell how long a recipe will take here.
//
//   const std::optional<double> seconds = track::training_seconds(recipe, train::resolve_compute({}));
#pragma once

#include <optional>

#include "reslab/train/compute.h"
#include "reslab/train/recipe.h"

namespace reslab::track {

struct ProbeOptions {
  double seconds = 3;       ///< in all, roughly; at least one run of everything is made
  std::int64_t images = 0;  ///< of a batch; 0: 64 on a processor, 512 on a GPU
};

/// Arithmetic of three of custom_resnet's 3×3 convolutions, forward and backward, divided by the time it took:
/// operations a second, a multiply-add counting as two.
double training_rate(const train::Compute& compute, const ProbeOptions& options = {});

/// How long the recipe's epochs take on CIFAR-10 (50,000 training images, 10,000 to test after each epoch, with the
/// recipe's views after the last): from passes of its network over one batch of at most 256 images, forward and back,
/// at each side that its training images have, and over a quarter of it, by which the cost of a larger batch is told.
/// The optimiser's steps and the data's preparation, a few per cent, aren't in it. Nothing for another data set, or for
/// a recipe that runs only some batches of an epoch.
std::optional<double> training_seconds(const train::Recipe& recipe, const train::Compute& compute);

}  // namespace reslab::track
