#include "reslab/train/step_graph.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace reslab::train {
namespace {

// Moves its weight by a batch's sum and returns where it is then; counts how often it is called.
struct MovingStep {
  explicit MovingStep(const c10::Device& device)
      : weight(at::zeros({2}, at::TensorOptions(at::kFloat).device(device))) {}

  StepGraphs::Step step() {
    return [this](const at::Tensor& images, const at::Tensor& labels) {
      ++calls;
      weight.add_(images.sum()).add_(labels);
      return weight * 2;
    };
  }

  at::Tensor weight;
  int calls = 0;
};

// Every step has images and labels of its own, lying elsewhere than the last one's.
void expect_every_step(StepGraphs& graphs, MovingStep& moving, int steps, const char* kind) {
  const c10::Device device = moving.weight.device();
  at::Tensor expected = moving.weight.cpu();
  for (int i = 0; i < steps; ++i) {
    const at::Tensor images = at::full({3, 2}, i + 1.0F), labels = at::tensor({0.5F * static_cast<float>(i), -1.0F});
    expected = expected + images.sum() + labels;
    const at::Tensor result = graphs.run(images.to(device), labels.to(device), kind).cpu();
    EXPECT_TRUE(result.equal(expected * 2)) << "step " << i << " of " << kind << ": " << result << expected * 2;
    EXPECT_TRUE(moving.weight.cpu().equal(expected)) << "step " << i << " of " << kind;
  }
}

TEST(StepGraphs, MakesEveryStepAsItStandsOnTheProcessor) {
  MovingStep moving(at::kCPU);
  StepGraphs graphs(moving.step());
  expect_every_step(graphs, moving, 6, "all");
  EXPECT_EQ(moving.calls, 6);
}

TEST(StepGraphs, StartsARecordedStepAnewOnCuda) {
  if (!at::hasCUDA()) GTEST_SKIP() << "this libtorch sees no CUDA device: recording a step is NOT tested here";
  const c10::Device device(at::kCUDA, 0);
  const OwnStream stream(device);
  MovingStep moving(device);
  StepGraphs graphs(moving.step());
  expect_every_step(graphs, moving, 8, "all");
  EXPECT_EQ(moving.calls, 4) << "three as they stand, and the one that is recorded";
  expect_every_step(graphs, moving, 8, "without the first layer");
  EXPECT_EQ(moving.calls, 8) << "another kind is recorded by itself";
  expect_every_step(graphs, moving, 2, "all");
  EXPECT_EQ(moving.calls, 8) << "a kind that was recorded stays so";
}

}  // namespace
}  // namespace reslab::train
