#include "reslab/train/training_progress.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>

#include "reslab/core/error.h"

namespace reslab::train {
namespace {

at::Tensor values_of(double loss, double correct, double batch_samples) {
  return at::tensor({loss, correct, batch_samples}, at::kDouble);
}

TEST(TrainingProgress, CountsABatchWhenItIsRead) {
  TrainingProgress progress(0);
  progress.begin_epoch();
  progress.add({.batch = 0}, values_of(2, 3, 10));
  progress.add({.batch = 1}, values_of(4, 5, 20));
  EXPECT_EQ(progress.batches(), 2) << "unread ones are trained on, too";
  EXPECT_EQ(progress.of_epoch().batches, 0);
  progress.read(1);
  EXPECT_EQ(progress.unread(), 1);
  EXPECT_EQ(progress.of_epoch().batches, 1);
  EXPECT_EQ(progress.of_epoch().loss_sum, 20);
  progress.read(0);
  EXPECT_EQ(progress.of_epoch().loss_sum, 100);
  EXPECT_EQ(progress.of_epoch().correct, 8);
  EXPECT_EQ(progress.of_epoch().samples, 30);
  const auto first = progress.next_event(), second = progress.next_event();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->loss, 2);
  EXPECT_EQ(first->seen, 10) << "what was known of the epoch then";
  EXPECT_EQ(second->correct, 8);
  EXPECT_FALSE(progress.has_events());
}

TEST(TrainingProgress, CountsABatchThatIsReadAtOnceAlike) {
  TrainingProgress progress(0);
  progress.begin_epoch();
  progress.add_read({.batch = 0, .batch_seconds = 0.5}, {.loss = 2, .correct = 3, .samples = 10});
  EXPECT_EQ(progress.of_epoch().loss_sum, 20);
  const auto event = progress.next_event();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->seen, 10);
  EXPECT_EQ(event->batch_seconds, 0.5) << "the caller's";
  progress.end_epoch();
  EXPECT_EQ(progress.epoch(), 1);
  EXPECT_EQ(progress.of_epoch().samples, 0);
}

TEST(TrainingProgress, EndsWithTheFirstLossThatIsNotFinite) {
  TrainingProgress progress(0);
  progress.begin_epoch();
  progress.add({.batch = 0}, values_of(2, 3, 10));
  progress.add({.batch = 1}, values_of(std::nan(""), 0, 10));
  progress.add({.batch = 2}, values_of(1, 0, 10));
  try {
    progress.read(0);
    FAIL() << "a loss that is no number was passed over";
  } catch (const core::UserError& error) {
    EXPECT_NE(error.parts().attempted.find("batch 1"), std::string::npos) << error.parts().attempted;
  }
  EXPECT_EQ(progress.unread(), 0);
  ASSERT_TRUE(progress.next_event()) << "observers are told of what came before";
  EXPECT_FALSE(progress.has_events());
}

TEST(TrainingProgress, AddsTheTimeBeforeTrainingToTheFirstEpoch) {
  TrainingProgress fresh(100), resumed(100);
  fresh.begin_epoch();
  fresh.add_read({.batch = 0}, {.samples = 1});
  EXPECT_GE(fresh.of_epoch().seconds, 100);
  resumed.set(0, {.batches = 1, .seconds = 7});
  resumed.begin_epoch();
  resumed.add_read({.batch = 1}, {.samples = 1});
  EXPECT_GE(resumed.of_epoch().seconds, 7);
  EXPECT_LT(resumed.of_epoch().seconds, 100) << "it was counted before the resume";
}

}  // namespace
}  // namespace reslab::train
