#include "reslab/explain/calibration.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bincount.h>

#include <algorithm>
#include <cmath>

#include "reslab/core/error.h"

namespace reslab::explain {

Calibration calibrate(const Predictions& predictions, std::int64_t bins) {
  RESLAB_ASSERT(bins >= 1, bins);
  const auto width = static_cast<double>(bins);
  Calibration result{.samples = predictions.size()};
  for (std::int64_t i = 0; i < bins; ++i)
    result.bins.push_back({.low = static_cast<double>(i) / width, .high = static_cast<double>(i + 1) / width});
  const at::Tensor highest = predictions.probabilities.amax(1), right = predictions.predicted.eq(predictions.labels);
  const auto confidence = highest.accessor<float, 1>();
  const auto correct = right.accessor<bool, 1>();
  for (std::int64_t i = 0; i < predictions.size(); ++i) {
    if (std::isnan(confidence[i])) {
      --result.samples;
      continue;
    }
    const auto place = static_cast<std::int64_t>(std::ceil(double{confidence[i]} * width)) - 1;
    CalibrationBin& bin = result.bins[static_cast<std::size_t>(std::clamp<std::int64_t>(place, 0, bins - 1))];
    ++bin.samples;
    bin.confidence += double{confidence[i]};
    bin.accuracy += correct[i] ? 1 : 0;
  }
  const auto all = static_cast<double>(std::max<std::int64_t>(result.samples, 1));
  for (CalibrationBin& bin : result.bins) {
    if (bin.samples == 0) continue;
    const auto here = static_cast<double>(bin.samples);
    result.confidence += bin.confidence / all;
    result.accuracy += bin.accuracy / all;
    bin.confidence /= here, bin.accuracy /= here;
    const double difference = std::abs(bin.accuracy - bin.confidence);
    result.error += difference * here / all;
    result.largest_error = std::max(result.largest_error, difference);
  }
  return result;
}

at::Tensor confusion_matrix(const Predictions& predictions) {
  const std::int64_t classes = predictions.probabilities.size(1);
  return at::bincount(predictions.labels * classes + predictions.predicted, /*weights=*/{}, classes * classes)
      .view({classes, classes});
}

std::vector<std::vector<std::int64_t>> confusion_counts(const Predictions& predictions) {
  const at::Tensor matrix = confusion_matrix(predictions);
  const auto cells = matrix.accessor<std::int64_t, 2>();
  std::vector<std::vector<std::int64_t>> rows(static_cast<std::size_t>(matrix.size(0)));
  for (std::int64_t row = 0; row < matrix.size(0); ++row)
    for (std::int64_t column = 0; column < matrix.size(1); ++column)
      rows[static_cast<std::size_t>(row)].push_back(cells[row][column]);
  return rows;
}

}  // namespace reslab::explain
