#include "reslab/explain/class_measures.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

// The values are those of tests/reference/class_measures.py with scikit-learn 1.9.1 and SciPy 1.17.1.
namespace reslab::explain {
namespace {

using Values = std::vector<double>;

constexpr double near = 1e-12;

// Probabilities in eighths, which fp32 holds exactly.
Measures measures_of(const std::vector<std::int64_t>& labels, const std::vector<std::vector<std::int64_t>>& eighths) {
  at::Tensor probabilities = at::empty({std::ssize(eighths), std::ssize(eighths[0])});
  for (std::size_t i = 0; i < eighths.size(); ++i)
    for (std::size_t j = 0; j < eighths[i].size(); ++j)
      probabilities.index_put_({static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)},
                               static_cast<double>(eighths[i][j]) / 8);
  return measure_classes(at::tensor(labels, at::kLong), probabilities.argmax(1), probabilities);
}

const std::vector<std::vector<std::int64_t>> tied{{6, 1, 1, 0}, {5, 2, 1, 0}, {4, 2, 2, 0}, {3, 4, 1, 0}, {6, 2, 0, 0},
                                                  {4, 1, 3, 0}, {4, 3, 1, 0}, {2, 5, 1, 0}, {1, 6, 1, 0}, {5, 1, 2, 0},
                                                  {3, 1, 4, 0}, {4, 2, 2, 0}, {8, 0, 0, 0}, {2, 2, 4, 0}};
const std::vector<std::vector<std::int64_t>> third_never{{5, 2, 1}, {4, 3, 1}, {6, 2, 0}, {3, 4, 1},
                                                         {2, 5, 1}, {5, 1, 2}, {4, 1, 3}, {1, 4, 3}};

void expect_curve(const std::vector<CurvePoint>& curve, const Values& x, const Values& y) {
  ASSERT_EQ(curve.size(), x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(curve[i].x, x[i], near) << i;
    EXPECT_NEAR(curve[i].y, y[i], near) << i;
  }
}

TEST(ClassMeasures, AreScikitLearnsWithTiesAndAClassThatDoesNotOccur) {
  const Measures all = measures_of({0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 1, 0, 0}, tied);
  EXPECT_NEAR(all.accuracy.value().value(), 0.6428571428571429, near);
  EXPECT_NEAR(all.balanced_accuracy.value(), 0.5833333333333334, near);
  EXPECT_NEAR(all.macro_precision.value(), 0.611111111111111, near);
  EXPECT_NEAR(all.macro_f1.value(), 0.592436974789916, near);
  EXPECT_NEAR(all.macro_roc_auc.value(), (0.7395833333333334 + 0.9 + 0.8541666666666666) / 3, near);
  EXPECT_NEAR(all.macro_average_precision.value(), (0.7981351981351981 + 0.7986111111111112 + 0.41666666666666663) / 3,
              near);
  EXPECT_TRUE(all.uneven);
  ASSERT_EQ(all.classes.size(), 4U);
  const Values precision{2.0 / 3, 2.0 / 3, 0.5}, recall{0.75, 0.5, 0.5},
      areas{0.7395833333333334, 0.9, 0.8541666666666666}, f1{0.7058823529411765, 0.5714285714285714, 0.5},
      average{0.7981351981351981, 0.7986111111111112, 0.41666666666666663};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(all.classes[i].precision.value().value(), precision[i], near);
    EXPECT_NEAR(all.classes[i].recall.value().value(), recall[i], near);
    EXPECT_NEAR(all.classes[i].f1.value(), f1[i], near);
    EXPECT_NEAR(all.classes[i].roc_auc.value(), areas[i], near);
    EXPECT_NEAR(all.classes[i].average_precision.value(), average[i], near);
  }
  const ClassMeasures& absent = all.classes[3];
  EXPECT_EQ(absent.samples, 0);
  EXPECT_FALSE(absent.recall.value() || absent.recall.interval() || absent.precision.value() || absent.f1 ||
               absent.roc_auc || absent.average_precision);
  EXPECT_TRUE(absent.roc.empty() && absent.precision_recall.empty());
}

TEST(ClassMeasures, CurvesHaveAPointForEachProbability) {
  const Measures all = measures_of({0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 1, 0, 0}, tied);
  const ClassMeasures& second = all.classes[1];
  expect_curve(second.roc, {0, 0, 0, 0.1, 0.1, 0.5, 0.9, 1}, {0, 0.25, 0.5, 0.5, 0.75, 1, 1, 1});
  expect_curve(second.precision_recall, {0.25, 0.5, 0.5, 0.75, 1, 1, 1},
               {1, 1, 2.0 / 3, 0.75, 4.0 / 9, 4.0 / 13, 2.0 / 7});
}

TEST(ClassMeasures, AClassThatIsNeverPredictedHasNoPrecision) {
  const Measures all = measures_of({0, 0, 0, 0, 1, 1, 2, 2}, third_never);
  EXPECT_FALSE(all.classes[2].precision.value() || all.classes[2].precision.interval());
  EXPECT_EQ(all.classes[2].recall.value(), 0);
  EXPECT_EQ(all.classes[2].f1, 0) << "it occurs, so that this is defined";
  EXPECT_NEAR(all.balanced_accuracy.value(), 0.4166666666666667, near);
  EXPECT_NEAR(all.macro_precision.value(), 0.4666666666666667, near) << "of the two others";
  EXPECT_NEAR(all.macro_f1.value(), 0.35555555555555557, near);
  EXPECT_NEAR(all.classes[1].roc_auc.value(), 0.5416666666666666, near);
  EXPECT_NEAR(all.classes[1].average_precision.value(), 0.625, near);
  EXPECT_EQ(all.classes[2].roc_auc, 1) << "it is ranked well all the same";
}

TEST(ClassMeasures, OfOneClassAloneHaveNoAreaUnderTheRocCurve) {
  const Measures all = measures_of({0, 0, 0, 0, 0, 0, 0, 0}, third_never);
  EXPECT_NEAR(all.accuracy.value().value(), 0.625, near);
  EXPECT_NEAR(all.balanced_accuracy.value(), 0.625, near);
  EXPECT_NEAR(all.macro_precision.value(), 0.5, near);
  EXPECT_NEAR(all.macro_f1.value(), 0.38461538461538464, near);
  EXPECT_FALSE(all.classes[0].roc_auc || all.macro_roc_auc);
  EXPECT_TRUE(all.classes[0].roc.empty());
  EXPECT_EQ(all.classes[0].average_precision, 1);
  EXPECT_EQ(all.classes[1].precision.value(), 0);
  EXPECT_FALSE(all.classes[1].recall.value());
  EXPECT_FALSE(all.uneven);
}

TEST(ClassMeasures, AreScikitLearnsForManySamplesOfUnevenClasses) {
  constexpr std::int64_t samples = 400;
  at::Tensor labels = at::empty({samples}, at::kLong), scores = at::empty({samples, 3});
  for (std::int64_t i = 0; i < samples; ++i) {
    const std::int64_t drawn = i * 7919 % 100, label = drawn < 80 ? 0 : drawn < 95 ? 1 : 2;
    labels.data_ptr<std::int64_t>()[i] = label;
    for (std::int64_t c = 0; c < 3; ++c)
      scores.data_ptr<float>()[3 * i + c] = static_cast<float>(
          static_cast<double>(((i * i + 3) * (c * 31 + 17) + i * c * 101) % 97 + (c == label ? 40 : 0)) / 256);
  }
  const Measures all = measure_classes(labels, scores.argmax(1), scores);
  EXPECT_NEAR(all.accuracy.value().value(), 0.695, near);
  EXPECT_NEAR(all.balanced_accuracy.value(), 0.7159722222222222, near);
  EXPECT_NEAR(all.macro_precision.value(), 0.5477890123415455, near);
  EXPECT_NEAR(all.macro_f1.value(), 0.562545834072175, near);
  const Values areas{0.7977148437499999, 0.8672549019607843, 0.7544078947368421},
      average{0.9405396990902367, 0.7040956450614476, 0.39338759389128275};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(all.classes[i].roc_auc.value(), areas[i], near);
    EXPECT_NEAR(all.classes[i].average_precision.value(), average[i], near);
  }
}

TEST(ClassMeasures, IntervalsAreWilsons) {
  const std::vector<std::pair<Proportion, Interval>> cases{
      {{.part = 0, .whole = 10}, {.low = 0, .high = 0.27753279986288926}},
      {{.part = 7, .whole = 8}, {.low = 0.5291118177871464, .high = 0.9775825085499433}},
      {{.part = 10, .whole = 10}, {.low = 0.7224672001371109, .high = 1}},
      {{.part = 943, .whole = 1000}, {.low = 0.926862932340514, .high = 0.955746559641284}},
      {{.part = 1, .whole = 3}, {.low = 0.06149194472039626, .high = 0.7923403991979523}}};
  for (const auto& [proportion, expected] : cases) {
    const Interval interval = proportion.interval().value();
    EXPECT_NEAR(interval.low, expected.low, near) << proportion.part << " of " << proportion.whole;
    EXPECT_NEAR(interval.high, expected.high, near) << proportion.part << " of " << proportion.whole;
  }
}

TEST(ClassMeasures, AThinnedCurveKeepsItsEndsAndItsShape) {
  std::vector<CurvePoint> curve;
  for (int i = 0; i <= 10000; ++i) curve.push_back({.x = i / 10000.0, .y = std::sqrt(i / 10000.0)});
  const std::vector<CurvePoint> few = thinned(curve, 50);
  EXPECT_LE(few.size(), 102U);
  EXPECT_GE(few.size(), 50U);
  EXPECT_EQ(few.front().x, 0);
  EXPECT_EQ(few.back().x, 1);
  for (std::size_t i = 1; i < few.size(); ++i) EXPECT_LE(few[i].y - few[i - 1].y, 0.031) << i;
  EXPECT_TRUE(thinned({}, 50).empty());
}

}  // namespace
}  // namespace reslab::explain
