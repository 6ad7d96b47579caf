#include "reslab/explain/calibration.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace reslab::explain {
namespace {

// Two classes; sample i is taken for class 0 with the confidence, and that is right or not.
Predictions predictions_of(const std::vector<std::pair<float, bool>>& samples) {
  Predictions result;
  result.probabilities = at::empty({static_cast<std::int64_t>(samples.size()), 2});
  result.labels = at::empty({static_cast<std::int64_t>(samples.size())}, at::kLong);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    result.probabilities[row][0] = samples[i].first;
    result.probabilities[row][1] = 1 - samples[i].first;
    result.labels[row] = samples[i].second ? 0 : 1;
  }
  result.predicted = at::zeros_like(result.labels);
  return result;
}

TEST(Calibration, AConfidenceThatIsNoNumberIsInNoBin) {
  const Calibration calibration = calibrate(predictions_of({{0.75F, true}, {std::nanf(""), true}}), 10);
  EXPECT_EQ(calibration.samples, 1);
  EXPECT_EQ(calibration.bins[0].samples, 0);
  EXPECT_NEAR(calibration.confidence, 0.75, 1e-6);
  EXPECT_EQ(calibration.accuracy, 1);
}

TEST(Calibration, ComparesConfidenceWithAccuracyBinByBin) {
  const Calibration calibration =
      calibrate(predictions_of({{0.95F, true}, {0.91F, false}, {0.55F, true}, {0.6F, true}, {1.0F, true}}), 10);
  ASSERT_EQ(calibration.bins.size(), 10U);
  EXPECT_EQ(calibration.samples, 5);
  const CalibrationBin &last = calibration.bins[9], &sixth = calibration.bins[5];
  EXPECT_EQ(last.samples, 3) << "0.91, 0.95 and 1";
  EXPECT_NEAR(last.confidence, (0.95 + 0.91 + 1) / 3, 1e-6);
  EXPECT_NEAR(last.accuracy, 2.0 / 3, 1e-12);
  EXPECT_EQ(sixth.samples + calibration.bins[6].samples, 2) << "0.6 is a float: to either side of the bound";
  EXPECT_EQ(calibration.bins[0].samples, 0);
  EXPECT_NEAR(calibration.accuracy, 0.8, 1e-12);
  EXPECT_NEAR(calibration.confidence, (0.95 + 0.91 + 0.55 + 0.6 + 1) / 5, 1e-6);
  // |2/3 − 0.9533| · 3/5, and the two right ones below: (0.45 + 0.4) / 5 in one bin or two.
  EXPECT_NEAR(calibration.error, (0.953333 - 2.0 / 3) * 3 / 5 + 0.85 / 5, 1e-5);
  EXPECT_GE(calibration.largest_error, 0.42);
}

TEST(Calibration, IsPerfectWhereConfidenceIsAccuracy) {
  std::vector<std::pair<float, bool>> samples;
  for (int i = 0; i < 100; ++i) samples.emplace_back(0.75F, i % 4 != 0);
  EXPECT_NEAR(calibrate(predictions_of(samples)).error, 0, 1e-9);
}

TEST(Confusion, CountsTrueClassesByRow) {
  Predictions predictions;
  predictions.probabilities = at::zeros({4, 3});
  predictions.labels = at::tensor({0, 0, 2, 1}, at::kLong);
  predictions.predicted = at::tensor({0, 1, 2, 2}, at::kLong);
  EXPECT_TRUE(
      at::equal(confusion_matrix(predictions), at::tensor({1, 1, 0, 0, 0, 1, 0, 0, 1}, at::kLong).view({3, 3})));
}

}  // namespace
}  // namespace reslab::explain
