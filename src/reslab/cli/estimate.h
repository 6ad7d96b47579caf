// How long a training will take here, said before it begins.
#pragma once

#include <optional>
#include <string>

#include "reslab/data/eval_transform.h"
#include "reslab/data/split.h"
#include "reslab/fetch/datasets.h"
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

/// A data set as an estimate needs to know it.
train::TimedData timed_data(const data::Splits& splits, const data::EvalTransform& transform);

/// The same of one that has a name and needn't be there.
train::TimedData timed_data(const fetch::NamedDataset& dataset);

/// From a few passes of the recipe's network; nothing for a recipe that runs only some batches of an epoch, or few in
/// all.
std::optional<Estimate> estimate(const recipe::Recipe& recipe, const train::TimedData& data,
                                 const train::Compute& compute);

}  // namespace reslab::cli
