#include "reslab/train/step_profile.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "reslab/core/error.h"
#include "reslab/data/tensor_source.h"
#include "reslab/train/flop_ledger.h"
#include "reslab/train/operation_cost.h"

namespace reslab::train {
namespace {

OperationCost cost(const char* name, std::vector<c10::IValue> inputs) {
  return operation_cost(name, c10::ArrayRef<const c10::IValue>(inputs.data(), inputs.size()));
}

TEST(OperationCost, OfConvolutionsIsTheDirectMethods) {
  const at::Tensor input = at::zeros({2, 8, 6, 5}), weight = at::zeros({16, 8, 3, 3}),
                   output = at::zeros({2, 16, 6, 5});
  const double one = 2.0 * 2 * 6 * 5 * 16 * 8 * 9, in = 4.0 * 2 * 8 * 30, out = 2 * in, w = 4.0 * 16 * 8 * 9;
  EXPECT_EQ(cost("reslab::conv3x3", {input, weight}).flop, one);
  EXPECT_EQ(cost("reslab::conv3x3", {input, weight}).bytes, in + w + out);
  EXPECT_EQ(cost("reslab::conv3x3_pool2", {input, weight}).flop, one) << "whole maps are counted";
  EXPECT_EQ(cost("reslab::conv3x3_pool2", {input, weight}).bytes, in + w + out / 4);
  EXPECT_EQ(cost("reslab::conv3x3_input_gradient", {output, weight}).flop, one);
  EXPECT_EQ(cost("reslab::conv3x3_weight_gradient", {output, input}).flop, one);
  const std::vector<std::int64_t> stride{2, 2}, padding{1, 1};
  EXPECT_EQ(cost("aten::conv2d", {input, weight, c10::IValue(), stride, padding}).flop, 2.0 * 2 * 3 * 3 * 16 * 8 * 9);
  // Two by two pixels of three colours; their filters' outputs are computed anew for the bias's gradient.
  const at::Tensor images = at::zeros({2, 3, 8, 7}), patches = at::zeros({24, 3, 2, 2}), map = at::zeros({2, 24, 7, 6});
  EXPECT_EQ(cost("reslab::patch_conv", {images, patches}).flop, 2.0 * 2 * 7 * 6 * 24 * 12);
  EXPECT_EQ(cost("reslab::patch_bias_gradient", {images, map, patches}).flop, 2.0 * 2 * 7 * 6 * 24 * 12);
  EXPECT_EQ(cost("reslab::patch_bias_gradient", {images, map, patches}).bytes,
            4.0 * (2 * 3 * 8 * 7 + 2 * 24 * 7 * 6 + 24 * 12 + 24));
  EXPECT_EQ(cost("aten::mm", {at::zeros({3, 4}), at::zeros({4, 5})}).flop, 2.0 * 3 * 4 * 5);
  EXPECT_EQ(cost("aten::relu", {input}).flop, 0);
  EXPECT_EQ(cost("aten::relu", {input}).bytes, 2 * in);
  EXPECT_EQ(cost("aten::empty", {}).bytes, 0);
}

TEST(Operation, TellsWhiteningFromConvolutions) {
  for (const char* name : {"reslab::conv3x3", "reslab::conv3x3_pool2", "reslab::conv3x3_weight_gradient",
                           "aten::conv2d", "aten::convolution_backward"}) {
    EXPECT_TRUE(Operation{.name = name}.is_convolution()) << name;
    EXPECT_FALSE(Operation{.name = name}.is_of_patches()) << name;
  }
  for (const char* name : {"reslab::patch_conv", "reslab::patch_bias_gradient"}) {
    EXPECT_FALSE(Operation{.name = name}.is_convolution()) << name;
    EXPECT_TRUE(Operation{.name = name}.is_of_patches()) << name;
  }
  for (const char* name : {"reslab::norm_activation", "aten::mm"}) {
    EXPECT_FALSE(Operation{.name = name}.is_convolution()) << name;
    EXPECT_FALSE(Operation{.name = name}.is_of_patches()) << name;
  }
}

// An epoch of 4 batches, the last of 20 images, and an evaluation that takes longer than they do.
TEST(StepProfile, WhatLiesBetweenEpochsIsNoSteps) {
  const recipe::Recipe recipe =
      recipe::load_recipe("original", {{"model.width", "4"}, {"data.batch_size", "20"}, {"epochs", "3"}});
  const auto images = [](std::int64_t count) {
    return data::in_memory("random", at::randint(256, {count, 32, 32, 3}, at::kByte),
                           at::randint(10, {count}, at::kLong), std::vector<std::string>(10, "class"));
  };
  Trainer trainer(recipe, {.train = images(70), .test = images(4000)}, {});
  const StepProfile profile = profile_steps(trainer, {.warmup = 2, .steps = 8});
  EXPECT_EQ(profile.step_images, (20 + 10 + 20 * 3 + 10 + 20 * 2) / 8.0);
  double convolutions = 0;
  for (const Operation& operation : profile.operations)
    if (operation.is_convolution()) convolutions += operation.calls;
  Trainer other(recipe, {.train = images(70), .test = images(4000)}, {});
  const StepProfile within = profile_steps(other, {.warmup = 1, .steps = 2});
  for (const Operation& operation : within.operations)
    if (operation.is_convolution()) convolutions -= operation.calls;
  EXPECT_EQ(convolutions, 0) << "an evaluation was counted";
}

TEST(StepProfile, AccountsForTheStep) {
  const recipe::Recipe recipe = recipe::load_recipe(
      "airbench94", {{"model.width", "16"}, {"model.group_width", "32"}, {"data.batch_size", "32"}, {"epochs", "2"}});
  const data::Split images = data::in_memory("random", at::randint(256, {320, 32, 32, 3}, at::kByte),
                                             at::randint(10, {320}, at::kLong), std::vector<std::string>(10, "class"));
  const data::Splits splits{.train = images, .test = images};
  Trainer trainer(recipe, splits, {});
  const StepProfile profile = profile_steps(trainer, {.warmup = 1, .steps = 3});
  EXPECT_EQ(profile.steps, 3);
  ASSERT_FALSE(profile.operations.empty());
  double sum = profile.waiting_seconds + profile.other_seconds();
  for (const Operation& operation : profile.operations) {
    EXPECT_GT(operation.seconds, 0) << operation.name;
    sum += operation.seconds;
  }
  EXPECT_NEAR(sum, profile.step_seconds, 1e-9);
  EXPECT_GT(profile.other_seconds(), 0) << "no time may be counted twice";
  EXPECT_TRUE(std::ranges::is_sorted(profile.operations, std::greater{}, &Operation::seconds));

  const auto calls = [&](const std::string& name) {
    for (const Operation& operation : profile.operations)
      if (operation.name == name) return operation.calls;
    return 0.0;
  };
  EXPECT_EQ(calls("reslab::optimizer"), 1);
  EXPECT_EQ(calls("reslab::loss"), 1);
#ifdef RESLAB_HAS_KERNELS
  for (const Operation& operation : profile.operations)
    if (operation.name.starts_with("reslab::patch_")) {
      EXPECT_GT(operation.flop, 0) << operation.name;
      EXPECT_GT(operation.bytes, 0) << operation.name;
    }
  EXPECT_EQ(calls("reslab::patch_conv"), 1);
  EXPECT_EQ(calls("reslab::patch_bias_gradient"), 1);
#endif

  // What was seen is what the ledger counts, but for the last layer's products, which are the smallest.
  double convolutions = 0;
  for (const Operation& operation : profile.operations)
    if (operation.is_convolution() || operation.name == "reslab::patch_conv") convolutions += operation.flop;
  const FlopLedger ledger =
      flop_ledger(recipe, trainer.network(), {.channels = 3, .height = 32, .width = 32, .train = 320, .test = 320});
  EXPECT_NEAR(convolutions / ledger.first_step, 1, 0.01);
}

TEST(StepProfile, NeedsEnoughSteps) {
  const data::Split images = data::in_memory("random", at::randint(256, {64, 32, 32, 3}, at::kByte),
                                             at::randint(10, {64}, at::kLong), std::vector<std::string>(10, "class"));
  Trainer trainer(recipe::load_recipe("original", {{"model.width", "4"}, {"data.batch_size", "32"}, {"epochs", "1"}}),
                  {.train = images, .test = images}, {});
  EXPECT_THROW(profile_steps(trainer, {.warmup = 1, .steps = 5}), core::UserError);
}

TEST(Roofline, IsThatOfAMachine) {
  const Roofline roofline = measure_roofline({});
  EXPECT_GT(roofline.flop_per_second, 1e9);
  EXPECT_LT(roofline.flop_per_second, 1e15);
  EXPECT_GT(roofline.bytes_per_second, 1e8);
  EXPECT_EQ(least_seconds({.flop = 20, .bytes = 1}, {.flop_per_second = 10, .bytes_per_second = 1}), 2);
  EXPECT_EQ(least_seconds({.flop = 20, .bytes = 3}, {.flop_per_second = 10, .bytes_per_second = 1}), 3);
}

}  // namespace
}  // namespace reslab::train
