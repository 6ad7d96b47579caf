#include "reslab/explain/mistakes.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace reslab::explain {
namespace {

Predictions predictions_of(const std::vector<std::vector<float>>& rows, const std::vector<std::int64_t>& labels) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(rows.size());
  for (const auto& row : rows) tensors.push_back(at::tensor(row, at::kFloat));
  Predictions result{.probabilities = at::stack(tensors), .labels = at::tensor(labels, at::kLong)};
  result.predicted = result.probabilities.argmax(1);
  result.losses = -result.probabilities.gather(1, result.labels.unsqueeze(1)).squeeze(1).log();
  return result;
}

std::vector<std::int64_t> samples(const std::vector<Mistake>& mistakes) {
  std::vector<std::int64_t> places;
  for (const Mistake& mistake : mistakes) places.push_back(mistake.sample);
  return places;
}

const std::vector<std::vector<float>> rows{{.9F, .05F, .05F}, {.1F, .8F, .1F}, {.2F, .2F, .6F},
                                           {.0F, .3F, .7F},   {.5F, .2F, .3F}, {.04F, .95F, .01F}};
const std::vector<std::int64_t> labels{0, 0, 1, 2, 1, 2};  // samples 1, 2, 4 and 5 are wrong

TEST(FindMistakes, GivesTheWrongOnesAsTheyCome) {
  const std::vector<Mistake> mistakes = find_mistakes(predictions_of(rows, labels));
  EXPECT_EQ(samples(mistakes), (std::vector<std::int64_t>{1, 2, 4, 5}));
  EXPECT_EQ(mistakes[0].actual, 0);
  EXPECT_EQ(mistakes[0].predicted, 1);
  EXPECT_NEAR(mistakes[0].probability, 0.8, 1e-6);
  EXPECT_NEAR(mistakes[0].actual_probability, 0.1, 1e-6);
  EXPECT_NEAR(mistakes[0].loss, -std::log(0.1), 1e-5);
}

TEST(FindMistakes, OrdersByLossAndKeepsTiesInOrder) {
  const Predictions predictions = predictions_of(rows, labels);
  EXPECT_EQ(samples(find_mistakes(predictions, {.order = MistakeOrder::loss})),
            (std::vector<std::int64_t>{5, 1, 2, 4}));
  EXPECT_EQ(samples(find_mistakes(predictions, {.order = MistakeOrder::loss, .limit = 2})),
            (std::vector<std::int64_t>{5, 1}));
}

TEST(FindMistakes, FiltersByClass) {
  const Predictions predictions = predictions_of(rows, labels);
  EXPECT_EQ(samples(find_mistakes(predictions, {.actual = 1})), (std::vector<std::int64_t>{2, 4}));
  EXPECT_EQ(samples(find_mistakes(predictions, {.predicted = 1})), (std::vector<std::int64_t>{1, 5}));
  EXPECT_EQ(samples(find_mistakes(predictions, {.actual = 2, .predicted = 1})), (std::vector<std::int64_t>{5}));
  EXPECT_TRUE(find_mistakes(predictions, {.actual = 2, .predicted = 0}).empty());
}

TEST(SuspectedLabels, AreThoseThatTheNetworkIsAsSureOfAsOfTheClassItself) {
  // Thresholds: class 0: (.9 + .1) / 2 = .5; class 1: (.2 + .2) / 2 = .2; class 2: (.7 + .01) / 2 = .355.
  const std::vector<Mistake> suspects = suspected_labels(predictions_of(rows, labels));
  // 2 and 4 have exactly what their class gets on average, so their labels aren't suspect.
  EXPECT_EQ(samples(suspects), (std::vector<std::int64_t>{5, 1}));
}

TEST(SuspectedLabels, AClassWithoutSamplesSuspectsNobody) {
  EXPECT_TRUE(suspected_labels(predictions_of({{.1F, .9F}, {.2F, .8F}}, {0, 0})).empty());
}

}  // namespace
}  // namespace reslab::explain
