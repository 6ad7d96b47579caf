#include "reslab/train/loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace reslab::train {
namespace {

at::Tensor outputs() {
  return at::tensor({1.0F, -0.5F, 0.25F, 0.0F, 2.0F, -1.0F, 0.5F, 0.5F, 3.0F, -2.0F, 0.75F, 1.5F}).view({4, 3});
}
at::Tensor labels() { return at::tensor({0, 1, 2, 0}, at::kLong); }
at::Tensor weights() { return at::tensor({0.5F, 1.5F, 2.0F}); }
at::Tensor soft() {
  return at::tensor({0.75F, 0.25F, 0.0F, 0.0F, 1.0F, 0.0F, 0.0F, 0.4F, 0.6F, 1.0F, 0.0F, 0.0F}).view({4, 3});
}

double loss(const at::Tensor& targets, double smoothing, const char* reduction) {
  return loss_of(outputs(), targets, {.label_smoothing = smoothing, .reduction = reduction}, {}, weights())
      .item<double>();
}

// Numbers: tests/reference/weighted_loss.py, PyTorch 2.13.0.
TEST(WeightedLoss, IsPyTorchs) {
  EXPECT_NEAR(loss(labels(), 0, "mean"), 0.6169690, 1e-6);
  EXPECT_NEAR(loss(labels(), 0, "sum"), 2.7763605, 1e-6);
  EXPECT_NEAR(loss(labels(), 0.1, "mean"), 0.7304796, 1e-6);
  EXPECT_NEAR(loss(labels(), 0.1, "sum"), 3.2871583, 1e-6);
  EXPECT_NEAR(loss(soft(), 0, "sum"), 4.9404526, 1e-6);
  EXPECT_NEAR(loss(soft(), 0, "mean"), 1.0858138, 1e-6) << "over the batch's sum of weights";
  EXPECT_NEAR(loss(soft(), 0.1, "sum"), 5.2348413, 1e-6);
  EXPECT_NEAR(loss(soft(), 0.1, "mean"), 1.1505145, 1e-6);
}

TEST(WeightedLoss, HasPyTorchsGradient) {
  const at::Tensor logits = outputs().requires_grad_(true);
  loss_of(logits, labels(), {.label_smoothing = 0.1}, {}, weights()).backward();
  const at::Tensor expected = at::tensor({-0.027248455F, 0.005948361F, 0.021300085F});
  EXPECT_TRUE(at::allclose(logits.grad()[0], expected, 1e-5, 1e-7)) << logits.grad()[0];
}

TEST(WeightedLoss, TakesOneHotSoftLabelsForLabels) {
  const at::Tensor one_hot = at::one_hot(labels(), 3).to(at::kFloat);
  for (const char* reduction : {"mean", "sum"})
    EXPECT_NEAR(loss(one_hot, 0.1, reduction), loss(labels(), 0.1, reduction), 1e-6) << reduction;
}

TEST(WeightedLoss, IsThePlainOneWithoutWeights) {
  const at::Tensor plain = at::cross_entropy_loss(outputs(), labels());
  EXPECT_TRUE(at::equal(loss_of(outputs(), labels(), {}, {}), plain));
  const at::Tensor alike = at::tensor({1.0F, 1.0F, 1.0F});
  EXPECT_NEAR(loss_of(outputs(), labels(), {}, {}, alike).item<double>(), plain.item<double>(), 1e-6);
}

// 6 samples of 3 classes that occur, of 4.
TEST(BalancingWeights, LetAllClassesThatOccurCountAlike) {
  const at::Tensor found = balancing_weights(at::tensor({0, 0, 0, 3, 1, 3}, at::kLong), 4);
  EXPECT_TRUE(at::allclose(found, at::tensor({2.0F / 3, 2.0F, 0.0F, 1.0F}))) << found;
  const at::Tensor each = found.index_select(0, at::tensor({0, 0, 0, 3, 1, 3}, at::kLong));
  EXPECT_NEAR(each.mean().item<double>(), 1, 1e-6);
}

}  // namespace
}  // namespace reslab::train
