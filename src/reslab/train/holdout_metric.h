// By which measure on the hold-out epochs are compared.
//
//   const HoldoutMetric metric = holdout_metric_named(recipe.early_stopping.metric);
//   if (score(holdout, metric) > best) …
#pragma once

#include <cstdint>
#include <string>

#include "reslab/train/events.h"

namespace reslab::train {

enum class HoldoutMetric { accuracy, balanced_accuracy, macro_f1, loss };

/// "accuracy", "balanced_accuracy", "macro_f1" or "loss".
HoldoutMetric holdout_metric_named(const std::string& name);

/// The higher, the better: the number of correct samples, train::balanced_accuracy, train::macro_f1, or the negative
/// mean loss. −∞ where the measure isn't defined or the loss is NaN: it is never better than another.
double score(const Evaluation& holdout, HoldoutMetric metric);

}  // namespace reslab::train
