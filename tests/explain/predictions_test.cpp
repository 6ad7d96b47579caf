#include "reslab/explain/predictions.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include "reslab/core/error.h"
#include "reslab/data/cifar10.h"
#include "reslab/nn/layer.h"
#include "reslab/train/evaluate.h"
#include "support/message.h"

namespace reslab::explain {
namespace {

data::BatchSource samples() {
  return {.samples = data::read_cifar10(RESLAB_SOURCE_DIR "/tests/data_samples/cifar10").test,
          .transform = {.normalizer = {std::vector{0.5, 0.5, 0.5}, std::vector{0.25, 0.25, 0.25}}}};
}

class Predict : public testing::TestWithParam<bool> {
 protected:
  Predict() { nn::initialise(*network_, 3); }

  std::shared_ptr<models::Network> network_ = models::create(
      "custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 8}, {"softmax", GetParam()}}});
};

TEST_P(Predict, AgreesWithTheEvaluation) {
  const data::BatchSource source = samples();
  train::EvaluationDetail detail;
  const train::Evaluation evaluation = train::evaluate(*network_, source, {}, {.batch_size = 64}, &detail);
  const Predictions predictions = predict(*network_, source, {}, {.batch_size = 50});
  EXPECT_EQ(predictions.size(), source.size());
  EXPECT_EQ(predictions.predicted.eq(predictions.labels).sum().item<std::int64_t>(), evaluation.correct);
  EXPECT_TRUE(at::allclose(predictions.probabilities.sum(1), at::ones({source.size()})));
  const at::Tensor expected = GetParam() ? detail.outputs : detail.outputs.softmax(1);
  EXPECT_TRUE(at::allclose(predictions.probabilities, expected, 1e-4, 1e-6));
  EXPECT_TRUE(predictions.labels.equal(source.samples.labels()));
}

TEST_P(Predict, LeavesTheModeAndKeepsFeaturesOnRequest) {
  network_->train();
  const Predictions plain = predict(*network_, samples(), {});
  EXPECT_FALSE(plain.features.defined());
  const Predictions detailed = predict(*network_, samples(), {}, {.features = true});
  EXPECT_TRUE(network_->is_training());
  EXPECT_EQ(detailed.features.sizes(), (at::IntArrayRef{plain.size(), 64}));
  EXPECT_TRUE(detailed.probabilities.equal(plain.probabilities))
      << "evaluation must not depend on the statistics of a batch";
}

// Finite weights, too large to be computed with: argmax would call each sample the first class.
TEST_P(Predict, RefusesScoresThatAreNotFinite) {
  {
    const at::NoGradGuard no_grad;
    for (const auto& parameter : network_->named_parameters())
      if (parameter.value.dim() == 2) parameter.value.fill_(3e38F);
  }
  const data::BatchSource source = samples();
  EXPECT_TRUE(support::contains(support::message_of<core::UserError>([&] { predict(*network_, source, {}); }),
                                "scores aren't finite (NaN or infinite) for "));
  train::EvaluationDetail detail;
  const train::Evaluation evaluation = train::evaluate(*network_, source, {}, {}, &detail);
  const at::Tensor known = detail.outputs.isfinite().all(1);
  EXPECT_LT(known.sum().item<std::int64_t>(), source.size());
  EXPECT_LE(evaluation.correct, known.sum().item<std::int64_t>()) << "right about a sample without scores";
  EXPECT_LE(evaluation.correct_top5, known.sum().item<std::int64_t>());
}

INSTANTIATE_TEST_SUITE_P(Ends, Predict, testing::Bool(),
                         [](const auto& end) { return end.param ? "InSoftmax" : "InLogits"; });

}  // namespace
}  // namespace reslab::explain
