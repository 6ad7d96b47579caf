#include "reslab/train/training_step.h"

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "train/trainer_support.h"

namespace reslab::train {
namespace {

using namespace test;

TEST(TrainingStep, PlacesBatchesInSteps) {
  // 5 batches, 2 a step: {0, 1}, {2, 3}, {4}.
  const std::vector<StepPlace> expected{{.step = 6, .batches = 2, .last = false},
                                        {.step = 6, .batches = 2, .last = true},
                                        {.step = 7, .batches = 2, .last = false},
                                        {.step = 7, .batches = 2, .last = true},
                                        {.step = 8, .batches = 1, .last = true}};
  for (std::int64_t batch = 0; batch < 5; ++batch) {
    const StepPlace place = place_of(/*epoch=*/2, batch, /*batches=*/5, /*accumulate=*/2);
    const StepPlace& right = expected[static_cast<std::size_t>(batch)];
    EXPECT_EQ(place.step, right.step) << batch;
    EXPECT_EQ(place.batches, right.batches) << batch;
    EXPECT_EQ(place.last, right.last) << batch;
  }
  EXPECT_EQ(place_of(3, 1, 4, 1).step, 13);
}

// A step whose pieces can be reached.
struct StepFixture {
  explicit StepFixture(const recipe::Recipe& its_recipe)
      : recipe(its_recipe),
        split(build_training_data(recipe, samples(), at::kCPU)),
        initial(make_initial_network(recipe, split, at::kCPU)),
        update(recipe, *initial.network, {.total = 100, .per_epoch = 10}, at::kCPU),
        step(recipe, *initial.network, update, {}) {}

  data::Batch batch() const { return *data::Loader(split.train, {.batch = batch_options(recipe, {})}).next(); }
  std::string weights() const { return nn::state_hash(nn::state_of(*initial.network)); }
  bool has_gradients() const {
    for (const at::Tensor& parameter : update.parameters())
      if (parameter.grad().defined() && parameter.grad().abs().sum().item<double>() > 0) return true;
    return false;
  }

  recipe::Recipe recipe;
  TrainingData split;
  InitialNetwork initial;
  WeightUpdate update;
  TrainingStep step;
};

TEST(TrainingStep, UpdatesAfterTheLastBatchOfAStep) {
  StepFixture made(narrow({{"epochs", "2"}, {"optimizer.accumulate", "2"}}));
  const data::Batch batch = made.batch();
  const auto parameter = made.update.parameters().front();
  const at::Tensor before = parameter.detach().clone();
  made.step.make(batch, {.step = 0, .batches = 2, .last = false}, LossCheck::before_backward);
  EXPECT_TRUE(parameter.equal(before)) << "the gradients wait";
  EXPECT_TRUE(made.has_gradients());
  made.step.make(batch, {.step = 0, .batches = 2, .last = true}, LossCheck::before_backward);
  EXPECT_FALSE(parameter.equal(before));
  EXPECT_FALSE(made.has_gradients()) << "and are forgotten after the update";
}

TEST(TrainingStep, TellsAndMakesTheSameWithAndWithoutWaiting) {
  StepFixture waiting(narrow({{"epochs", "2"}})), late(narrow({{"epochs", "2"}}));
  const data::Batch batch = waiting.batch();
  for (std::int64_t step = 0; step < 3; ++step) {
    const at::Tensor at_once = waiting.step.make(batch, {.step = step}, LossCheck::before_backward);
    EXPECT_TRUE(late.step.make(batch, {.step = step}, LossCheck::none).equal(at_once));
  }
  EXPECT_EQ(late.weights(), waiting.weights());
}

TEST(TrainingStep, ChangesNothingWhereTheLossIsNotFinite) {
  StepFixture made(narrow({{"epochs", "2"}}));
  data::Batch batch = made.batch();
  batch.images = batch.images * std::numeric_limits<float>::quiet_NaN();
  const auto parameter = made.update.parameters().front();
  const at::Tensor before = parameter.detach().clone();
  const BatchValues values = read_values(made.step.make(batch, {.step = 0}, LossCheck::before_backward));
  EXPECT_TRUE(std::isnan(values.loss));
  EXPECT_TRUE(parameter.equal(before));
  EXPECT_FALSE(made.has_gradients());
  made.step.make(batch, {.step = 0}, LossCheck::none);
  EXPECT_FALSE(parameter.equal(before)) << "unchecked, the step is made whatever the loss";
}

}  // namespace
}  // namespace reslab::train
