#include "reslab/explain/mistakes.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "explain/support.h"
#include "reslab/core/error.h"
#include "reslab/explain/class_names.h"
#include "support/message.h"

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

TEST(FindMistakes, ALossThatIsNoNumberIsTheLast) {
  Predictions predictions = predictions_of(rows, labels);
  predictions.losses[5] = std::nanf("");
  predictions.losses[2] = std::nanf("");
  EXPECT_EQ(samples(find_mistakes(predictions, {.order = MistakeOrder::loss})),
            (std::vector<std::int64_t>{1, 4, 2, 5}));
}

TEST(FindMistakes, FiltersByClass) {
  const Predictions predictions = predictions_of(rows, labels);
  EXPECT_EQ(samples(find_mistakes(predictions, {.actual = 1})), (std::vector<std::int64_t>{2, 4}));
  EXPECT_EQ(samples(find_mistakes(predictions, {.predicted = 1})), (std::vector<std::int64_t>{1, 5}));
  EXPECT_EQ(samples(find_mistakes(predictions, {.actual = 2, .predicted = 1})), (std::vector<std::int64_t>{5}));
  EXPECT_TRUE(find_mistakes(predictions, {.actual = 2, .predicted = 0}).empty());
}

TEST(FindMistakes, InANetworkAreThoseOfItsPredictionsHoweverFewAreWanted) {
  const auto network = small_network();
  const data::BatchSource source = real_samples();
  const Predictions predictions = predict(*network, source, {});
  const std::vector<std::int64_t> all = samples(find_mistakes(predictions));
  EXPECT_EQ(samples(find_mistakes(*network, source, {})), all);
  EXPECT_EQ(samples(find_mistakes(*network, source, {}, {.limit = 3})),
            (std::vector<std::int64_t>(all.begin(), all.begin() + 3)));
  EXPECT_EQ(samples(find_mistakes(*network, source, {}, {.order = MistakeOrder::loss, .limit = 3})),
            samples(find_mistakes(predictions, {.order = MistakeOrder::loss, .limit = 3})));
  EXPECT_EQ(samples(find_mistakes(*network, source, {}, {.limit = 1'000})), all);
}

TEST(Verdict, IsOfRightAndWrongSamples) {
  const Mistake right = verdict(predictions_of(rows, labels), 0);
  EXPECT_EQ(right.actual, right.predicted);
  EXPECT_NEAR(right.probability, 0.9, 1e-6);
  EXPECT_EQ(right.probability, right.actual_probability);
}

TEST(FindClass, RefusesUnknownNamesWithTheNearest) {
  const std::vector<std::string> classes{"cat", "dog"};
  EXPECT_EQ(find_class(classes, "dog", "x"), 1);
  const std::string message =
      support::message_of<core::UserError>([&] { find_class(classes, "dgo", "explain the class dgo"); });
  EXPECT_TRUE(support::contains(message, "explain the class dgo") && support::contains(message, "did you mean 'dog'?"))
      << message;
}

TEST(SampleImages, AreTheChosenOnesInOrder) {
  const data::BatchSource source = real_samples();
  const std::vector<std::int64_t> chosen{7, 2, 7};
  const at::Tensor images = sample_images(source, chosen);
  ASSERT_EQ(images.sizes(), (at::IntArrayRef{3, 3, 32, 32}));
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const at::Tensor pixels = source.samples.tensor()[chosen[i]].permute({2, 0, 1}).to(at::kFloat);
    EXPECT_TRUE(at::allclose(images[static_cast<std::int64_t>(i)], (pixels / 255 - 0.5) / 0.25, 1e-5, 1e-5));
  }
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
