// How long a training will take here, said before it begins.
#pragma once

#include <optional>
#include <string>

#include "reslab/recipe/recipe.h"
#include "reslab/train/compute.h"
#include "reslab/train/probe.h"

namespace reslab::cli {

/// "48 s", "6.5 min", "48 min", "2.4 h".
std::string duration_text(double seconds);

/// A word on other programs that kept so many processors busy while something was measured, which makes a time longer
/// than it is without them; "" where they hardly did.
std::string load_text(double other_processors);

/// What is said of a training's time before it begins, and what it rests on.
struct Estimate {
  std::string text;  ///< "about 6 min on this machine, 45 s an epoch", and what other programs took meanwhile
  train::TimePlan plan;
};

/// From a few passes of the recipe's network; nothing for a recipe that runs only some batches of an epoch, or of
/// another data set than CIFAR-10.
std::optional<Estimate> estimate(const recipe::Recipe& recipe, const train::Compute& compute);

}  // namespace reslab::cli
