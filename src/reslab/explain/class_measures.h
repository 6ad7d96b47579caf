// How good a network is at each class, beyond accuracy: what pictures with uneven classes need.
//
//   const Measures measures = measure_classes(predictions.labels, predictions.predicted, predictions.probabilities);
//   if (const auto area = measures.classes[3].roc_auc) …   // nothing where it isn't defined
//
// A measure that would be 0 ÷ 0 isn't defined: recall of a class without samples, precision of one that is never
// predicted, and the area under the ROC curve where all samples or none are of the class.
//
// Sources: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), for the
// intervals; Hanley and McNeil, Radiology 143 (1982), for the area as a rank statistic; average precision as
// scikit-learn's average_precision_score defines it, Σ (R_n − R_{n−1}) P_n, without interpolation.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "reslab/train/class_counts.h"

namespace reslab::explain {

struct Interval {
  double low = 0, high = 1;  ///< in [0, 1]
};

/// Part of a whole: a share with the interval in which it lies with a confidence of 95 %.
struct Proportion {
  std::int64_t part = 0, whole = 0;  ///< 0 ≤ part ≤ whole

  std::optional<double> value() const;       ///< in [0, 1]; nothing where `whole` is 0
  std::optional<Interval> interval() const;  ///< Wilson's, without a correction for continuity; likewise
};

struct CurvePoint {
  double x = 0, y = 0;  ///< in [0, 1]
};

/// Of one class against the rest: a sample is taken for the class from some probability of it on.
struct ClassMeasures {
  std::int64_t samples = 0;  ///< of the class
  Proportion recall;         ///< of the class's samples, those that are taken for it
  Proportion precision;      ///< of the samples that are taken for it, those that are of the class
  std::optional<double> f1;  ///< train::f1
  /// The probability that a sample of the class has a higher one than a sample of the rest; ties count half. Nothing
  /// where all samples or none are of the class.
  std::optional<double> roc_auc;
  std::optional<double> average_precision;  ///< nothing for a class without samples
  std::vector<CurvePoint>
      roc;  ///< false-positive rate, true-positive rate, from (0, 0) to (1, 1); empty without roc_auc
  /// Recall, precision, by falling probability; empty without average_precision. scikit-learn adds (0, 1) before them,
  /// which belongs to no probability.
  std::vector<CurvePoint> precision_recall;
};

struct Measures {
  Proportion accuracy;
  std::optional<double> balanced_accuracy, macro_precision, macro_f1;  ///< as train/class_counts.h has them
  std::optional<double> macro_roc_auc, macro_average_precision;        ///< means of the classes that have one
  std::vector<ClassMeasures> classes;                                  ///< by label
  bool uneven = false;                                                 ///< train::are_uneven
};

/// labels: [samples], int64 in [0, classes); predicted: likewise; probabilities: [samples, classes], fp32, none NaN.
/// All on the CPU. The curves have a point for each different probability, at most samples + 1.
Measures measure_classes(const at::Tensor& labels, const at::Tensor& predicted, const at::Tensor& probabilities);

/// The points of a curve of which a drawing of `steps` by `steps` places needs no more: at most 2 · steps + 2 points,
/// the first and the last among them.
std::vector<CurvePoint> thinned(const std::vector<CurvePoint>& curve, std::int64_t steps);

}  // namespace reslab::explain
