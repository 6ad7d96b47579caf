#include "reslab/train/probe.h"

#include <gtest/gtest.h>

#include "reslab/data/cifar10.h"

namespace reslab::train {
namespace {

TEST(ImagesFor, AreFewerOnASlowerMachineWithinBounds) {
  EXPECT_EQ(images_for(1e9), 16);
  EXPECT_EQ(images_for(1e15), 256);
  std::int64_t last = 0;
  for (const double rate : {1.5e11, 2e11, 4e11, 8e11, 16e11}) {
    EXPECT_GT(images_for(rate), last) << rate;
    last = images_for(rate);
    // Of 50 GFLOP an image for all recipes together, where the least isn't too much already.
    EXPECT_LT(50e9 * static_cast<double>(last) / rate, 10) << rate << ": seconds";
  }
}

// Times in seconds that fast96's network takes on two cores.
TEST(PassTime, FewImagesTellWhatAWholeBatchTakes) {
  const double fixed = 0.125, an_image = 0.0048;
  for (const std::int64_t images : {16, 30, 64, 256}) {
    const std::int64_t quarter = images / 4;
    const PassTime time = pass_time(images, fixed + an_image * static_cast<double>(images),
                                    fixed + an_image * static_cast<double>(quarter));
    EXPECT_NEAR(time.of(2000), fixed + 2000 * an_image, 1e-9) << images;
  }
}

TEST(PassTime, StaysWithinBoundsWhereOtherProgramsDisturb) {
  for (const double quarter : {0.01, 0.19, 0.5}) {
    const PassTime time = pass_time(16, 0.2, quarter);
    EXPECT_NEAR(time.of(16), 0.2, 1e-12) << quarter;
    EXPECT_GE(time.of(1600), 0.3 * 100 * 0.2) << quarter;
    EXPECT_LE(time.of(1600), 100 * 0.2 + 1e-9) << quarter;
  }
}

TimedData like_cifar10(std::int64_t train = 50'000) {
  return {.info = data::cifar10_info(), .tested = {32, 32}, .train = train, .test = 10'000};
}

TEST(TrainingTimes, OfFewImagesFollowTheImagesSides) {
  const recipe::Recipe recipe = recipe::load_recipe("fast94");
  const auto plan = training_times(recipe, like_cifar10(), train::resolve_compute({}), 16);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->epochs.size(), 9U);
  EXPECT_LT(plan->epochs[0].training, plan->epochs[4].training);
  EXPECT_LT(plan->epochs[4].training, plan->epochs[8].training);
}

TEST(TrainingTimes, AreOfAnyDataSet) {
  const recipe::Recipe recipe = recipe::load_recipe(
      "original", {{"model.width", "4"}, {"augment.policies", "[]"}, {"data.batch_size", "10"}, {"epochs", "3"}});
  const TimedData data{
      .info = {.name = "grey", .classes = {"a", "b", "c"}, .channels = 1, .size = augment::Size{48, 40}},
      .tested = {48, 40},
      .train = 1'000,
      .test = 500};
  const auto plan = training_times(recipe, data, train::resolve_compute({}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->epochs.size(), 3U);
  EXPECT_GT(plan->epochs[2].training, 0);
  EXPECT_GT(plan->epochs[2].evaluation, 0);
}

TEST(TrainingTimes, AreNotMeasuredOfFewBatches) {
  const recipe::Recipe recipe = recipe::load_recipe("fast94");
  EXPECT_FALSE(training_times(recipe, like_cifar10(10'000), train::resolve_compute({}), 16));
}

}  // namespace
}  // namespace reslab::train
