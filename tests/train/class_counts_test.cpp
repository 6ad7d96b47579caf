#include "reslab/train/class_counts.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace reslab::train {
namespace {

TEST(ClassCounts, CountSamplesPredictionsAndWhatIsBoth) {
  const std::vector<ClassCount> counts =
      count_classes(at::tensor({0, 0, 1, 1, 1}, at::kLong), at::tensor({0, 1, 1, -1, 2}, at::kLong), 4);
  EXPECT_EQ(counts, (std::vector<ClassCount>{{.samples = 2, .predicted = 1, .correct = 1},
                                             {.samples = 3, .predicted = 2, .correct = 1},
                                             {.samples = 0, .predicted = 1, .correct = 0},
                                             {}}));
  EXPECT_DOUBLE_EQ(balanced_accuracy(counts).value(), (1.0 / 2 + 1.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(macro_precision(counts).value(), (1.0 + 1.0 / 2 + 0) / 3);
  EXPECT_DOUBLE_EQ(macro_f1(counts).value(), (2.0 / 3 + 2.0 / 5 + 0) / 3);
}

TEST(ClassCounts, OfNothingHaveNoMeasures) {
  const std::vector<ClassCount> counts = count_classes(at::empty({0}, at::kLong), at::empty({0}, at::kLong), 3);
  EXPECT_FALSE(balanced_accuracy(counts) || macro_precision(counts) || macro_f1(counts) || are_uneven(counts));
}

TEST(ClassCounts, AreUnevenFromHalfAsManyAgainOn) {
  EXPECT_FALSE(are_uneven({{.samples = 100}, {.samples = 149}, {}})) << "a class that doesn't occur counts for nothing";
  EXPECT_TRUE(are_uneven({{.samples = 100}, {.samples = 150}}));
}

}  // namespace
}  // namespace reslab::train
