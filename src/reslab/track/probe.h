// A few seconds of the work that training consists of, to tell how long a recipe will take here.
//
//   const double rate = track::training_rate(train::resolve_compute({}), {.seconds = 3});
//   const double seconds = track::training_flop(recipe) / rate * track::overhead;
#pragma once

#include <optional>

#include "reslab/train/compute.h"
#include "reslab/train/recipe.h"

namespace reslab::track {

struct ProbeOptions {
  double seconds = 3;       ///< in all, roughly; at least one run of each convolution is made
  std::int64_t images = 0;  ///< of a batch; 0: 64 on a processor, 512 on a GPU
};

/// Arithmetic of three of custom_resnet's 3×3 convolutions, forward and backward, divided by the time it took:
/// operations a second, a multiply-add counting as two.
double training_rate(const train::Compute& compute, const ProbeOptions& options = {});

/// Operations of all of a recipe's epochs on CIFAR-10 (50,000 training and 10,000 test images), the evaluation after
/// each included; nothing for a model whose cost isn't known here.
std::optional<double> training_flop(const train::Recipe& recipe);

/// Time of a step ÷ time of its convolutions, as a profile of such a network's step on two cores gave it.
inline constexpr double overhead = 1.12;

}  // namespace reslab::track
