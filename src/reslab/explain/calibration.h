// Whether a network's probabilities are what they say: of the samples to which it gives 80 %, are 80 % right?
//
//   const explain::Calibration calibration = explain::calibrate(predictions);
//   calibration.error;   // ECE
//
// Source: Guo et al., "On calibration of modern neural networks", 2017, arXiv 1706.04599, section 2.
#pragma once

#include <vector>

#include "reslab/explain/predictions.h"

namespace reslab::explain {

/// The samples whose confidence, the probability of the predicted class, is in (low, high]; the first bin holds 0 too.
struct CalibrationBin {
  double low = 0, high = 0;
  std::int64_t samples = 0;
  double confidence = 0;  ///< mean; 0 without samples
  double accuracy = 0;    ///< share that is right; likewise
};

struct Calibration {
  std::vector<CalibrationBin> bins;     ///< of one width, from 0 to 1
  std::int64_t samples = 0;             ///< whose confidence is a number; others are in no bin
  double accuracy = 0, confidence = 0;  ///< of all
  double error = 0;                     ///< ECE: Σ over bins of |accuracy − confidence| · samples ÷ all samples
  double largest_error = 0;             ///< MCE: the largest of those differences
};

/// `bins` ≥ 1.
Calibration calibrate(const Predictions& predictions, std::int64_t bins = 15);

/// [classes, classes], int64, CPU: how many samples of a class (row) were taken for a class (column).
at::Tensor confusion_matrix(const Predictions& predictions);

/// Its rows.
std::vector<std::vector<std::int64_t>> confusion_counts(const Predictions& predictions);

}  // namespace reslab::explain
