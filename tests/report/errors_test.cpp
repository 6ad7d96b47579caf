#include "reslab/report/errors.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

namespace reslab::report {
namespace {

// Thirty mistakes of the cell (0, 1), losses falling, and one of (2, 3) with the lowest loss.
explain::Predictions many_mistakes() {
  explain::Predictions predictions{.probabilities = at::zeros({31, 4}),
                                   .predicted = at::ones({31}, at::kLong),
                                   .labels = at::zeros({31}, at::kLong),
                                   .losses = at::arange(31, 0, -1).to(at::kFloat)};
  predictions.probabilities.select(1, 1).fill_(1);
  predictions.labels[30] = 2;
  predictions.predicted[30] = 3;
  predictions.probabilities[30] = at::tensor({0.F, 0.F, 0.F, 1.F});
  return predictions;
}

TEST(ChooseMistakes, EveryCellHasSome) {
  const explain::Predictions predictions = many_mistakes();
  const auto all = choose_mistakes(predictions, 100);
  EXPECT_EQ(all.size(), 31U);
  EXPECT_EQ(all.front().sample, 0);
  const auto few = choose_mistakes(predictions, 25);
  ASSERT_EQ(few.size(), 25U);
  EXPECT_EQ(few.back().sample, 30) << "the rare confusion stays, though its loss is the lowest";
  EXPECT_TRUE(choose_mistakes(predictions, 0).empty());
}

}  // namespace
}  // namespace reslab::report
