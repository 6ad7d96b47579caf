#include "reslab/train/holdout_metric.h"

#include <cmath>
#include <limits>

#include "reslab/core/error.h"

namespace reslab::train {
namespace {

constexpr double worst_score = -std::numeric_limits<double>::infinity();

}  // namespace

HoldoutMetric holdout_metric_named(const std::string& name) {
  if (name == "accuracy") return HoldoutMetric::accuracy;
  if (name == "balanced_accuracy") return HoldoutMetric::balanced_accuracy;
  if (name == "macro_f1") return HoldoutMetric::macro_f1;
  RESLAB_ASSERT(name == "loss", "no metric called ", name);
  return HoldoutMetric::loss;
}

double score(const Evaluation& holdout, HoldoutMetric metric) {
  switch (metric) {
    case HoldoutMetric::accuracy: break;
    case HoldoutMetric::balanced_accuracy: return balanced_accuracy(holdout.classes).value_or(worst_score);
    case HoldoutMetric::macro_f1: return macro_f1(holdout.classes).value_or(worst_score);
    case HoldoutMetric::loss: return std::isnan(holdout.mean_loss) ? worst_score : -holdout.mean_loss;
  }
  return static_cast<double>(holdout.correct);
}

}  // namespace reslab::train
