#include "reslab/train/range_test.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reslab/core/error.h"
#include "reslab/data/cifar10.h"
#include "reslab/recipe/learning_rate.h"
#include "support/message.h"

namespace reslab::train {
namespace {

data::Splits samples() { return data::read_cifar10(RESLAB_SOURCE_DIR "/tests/data_samples/cifar10"); }

recipe::Recipe small_range(const recipe::Overrides& more = {}) {
  recipe::Overrides overrides{{"model.width", "4"}, {"epochs", "2"}, {"data.batch_size", "64"}};
  overrides.insert(overrides.end(), more.begin(), more.end());
  return recipe::load_recipe(RESLAB_SOURCE_DIR "/recipes/resnet.toml", overrides);
}

const StopRequest never = [] { return std::nullopt; };

// Bits of everything between two epochs.
std::string hash_of(const TrainerState& state) {
  nn::State all = state.network;
  for (const optim::Momentum& momentum : state.momenta) all.emplace_back("momentum." + momentum.name, momentum.buffer);
  for (const optim::Momentum& more : state.more) all.emplace_back(more.name, more.buffer);
  return nn::state_hash(all) + std::to_string(state.epoch);
}

TEST(RangeTest, RestoresEveryTensorAndTheTrainingThatFollows) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const TrainerOptions options{.compute = {.activations = type}};
    Trainer tested(small_range(), samples(), options), untouched(small_range(), samples(), options);
    const std::string before = hash_of(tested.state());
    const RangeTest result = range_test(tested, small_range(), {.last_lr = 1, .steps = 12});
    ASSERT_EQ(result.curve.size(), 12U);
    EXPECT_EQ(hash_of(tested.state()), before);
    EXPECT_TRUE(tested.network().is_training());
    for (const at::Tensor& parameter : tested.network().parameters()) EXPECT_FALSE(parameter.grad().defined());
    tested.run({}, never), untouched.run({}, never);
    EXPECT_EQ(hash_of(tested.state()), hash_of(untouched.state()));
  }
}

TEST(RangeTest, RestoresAlsoWhenItIsBrokenOff) {
  Trainer trainer(small_range(), samples(), {});
  const std::string before = hash_of(trainer.state());
  struct Broken {};
  EXPECT_THROW(range_test(trainer, small_range(), {.steps = 12},
                          [](const LrPoint&, std::int64_t done) -> bool {
                            if (done == 3) throw Broken{};
                            return false;
                          }),
               Broken);
  EXPECT_EQ(hash_of(trainer.state()), before);
}

TEST(RangeTest, TrainsAsTheRecipeSaysButForTheRate) {
  // A ramp so slow that it is a constant: the losses are those of a training at that rate.
  const recipe::Recipe recipe = small_range({{"schedule.name", "constant"}, {"optimizer.accumulate", "2"}});
  const double lr = learning_rate(recipe);
  Trainer tested(recipe, samples(), {}), trained(recipe, samples(), {});
  const std::int64_t steps = 2 * tested.steps_per_epoch();
  const RangeTest result = range_test(
      tested, recipe, {.first_lr = lr, .last_lr = lr * (1 + 1e-15), .steps = steps, .smoothing = 1, .divergence = 0});
  struct Losses final : Observer {
    std::vector<double> sums, counts;
    void on_batch_done(const BatchDone& event) override {
      const auto step = static_cast<std::size_t>(event.step);
      sums.resize(step + 1), counts.resize(step + 1);
      sums[step] += event.loss, ++counts[step];
    }
  } losses;
  trained.run({&losses}, never);
  ASSERT_EQ(result.curve.size(), losses.sums.size());
  for (std::size_t i = 0; i < losses.sums.size(); ++i) {
    EXPECT_NEAR(result.curve[i].loss, losses.sums[i] / losses.counts[i], 1e-4) << i;
    EXPECT_DOUBLE_EQ(result.curve[i].smoothed, result.curve[i].loss);
  }
}

TEST(RangeTest, EndsWhereTheLossIsTooHighOrNoNumber) {
  Trainer trainer(small_range(), samples(), {});
  const RangeTest diverged = range_test(
      trainer, small_range(), {.first_lr = 0.1, .last_lr = 1000, .steps = 60, .smoothing = 1, .divergence = 1.5});
  EXPECT_EQ(diverged.end, RangeTestEnd::diverged);
  ASSERT_LT(diverged.curve.size(), 60U);
  double lowest = diverged.curve.front().smoothed;
  for (std::size_t i = 0; i + 1 < diverged.curve.size(); ++i) {
    lowest = std::min(lowest, diverged.curve[i].smoothed);
    EXPECT_LE(diverged.curve[i].smoothed, 1.5 * lowest);
  }
  EXPECT_GT(diverged.curve.back().smoothed, 1.5 * lowest);

  const RangeTest nan =
      range_test(trainer, small_range(), {.first_lr = 1e6, .last_lr = 1e30, .steps = 60, .divergence = 0});
  EXPECT_EQ(nan.end, RangeTestEnd::not_finite);
  EXPECT_FALSE(std::isfinite(nan.curve.back().loss));
  EXPECT_TRUE(std::isfinite(nan.curve[nan.curve.size() - 2].loss));
}

TEST(RangeTest, EndsWhenItIsAsked) {
  Trainer trainer(small_range(), samples(), {});
  const RangeTest result =
      range_test(trainer, small_range(), {.steps = 12}, [](const LrPoint&, std::int64_t done) { return done == 3; });
  EXPECT_EQ(result.end, RangeTestEnd::interrupted);
  EXPECT_EQ(result.curve.size(), 3U);
}

TEST(RangeTest, RefusesWhatIsNoRange) {
  Trainer trainer(small_range(), samples(), {});
  struct Case {
    RangeTestOptions options;
    const char* says;
  };
  for (const Case& example : {Case{{.first_lr = 1, .last_lr = 0.1}, "from 1 to 0.1"}, Case{{.first_lr = 0}, "from 0"},
                              Case{{.steps = 1}, "1 steps"}, Case{{.smoothing = 0}, "smoothing of 0"},
                              Case{{.divergence = 0.5}, "0.5 times"}}) {
    const std::string message =
        support::message_of<core::UserError>([&] { range_test(trainer, small_range(), example.options); });
    EXPECT_TRUE(support::contains(message, example.says)) << message;
  }
}

TEST(RangeTests, FindTheSameRateOnTheSameSeedsAndAUsableOne) {
  const RangeTestOptions options{.first_lr = 1e-4, .last_lr = 10, .steps = 60};
  const RangeTests tests = range_tests(small_range(), samples(), {}, options, 2);
  ASSERT_EQ(tests.tests.size(), 2U);
  EXPECT_EQ(tests.tests[0].seed, 0U);
  EXPECT_EQ(tests.tests[1].seed, 1U);
  // The last layer begins at zero, so that all first losses are the same.
  EXPECT_NE(tests.tests[0].test.curve[1].loss, tests.tests[1].test.curve[1].loss) << "another network, other batches";
  ASSERT_FALSE(tests.mean.empty());
  for (std::size_t i = 0; i < tests.mean.size(); ++i) {
    const double a = tests.tests[0].test.curve[i].smoothed, b = tests.tests[1].test.curve[i].smoothed;
    EXPECT_NEAR(tests.mean[i].smoothed, (a + b) / 2, 1e-12);
    EXPECT_NEAR(tests.deviation[i], std::abs(a - b) / std::sqrt(2), 1e-12);
  }
  const LrSuggestion* valley = tests.reading.find(LrRule::valley);
  ASSERT_NE(valley, nullptr);
  EXPECT_GT(valley->lr, 1e-3);
  EXPECT_LT(valley->lr, 2);
  EXPECT_GE(tests.spread(LrRule::valley), 1);
  const RangeTests again = range_tests(small_range(), samples(), {}, options, 1);
  for (std::size_t i = 0; i < again.tests[0].test.curve.size(); ++i)
    EXPECT_EQ(again.tests[0].test.curve[i].loss, tests.tests[0].test.curve[i].loss) << i;
  EXPECT_EQ(again.spread(LrRule::valley), 1);
}

}  // namespace
}  // namespace reslab::train
