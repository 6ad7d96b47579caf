#include "reslab/recipe/schedule.h"

#include <gtest/gtest.h>

#include <map>

#include "reslab/core/error.h"
#include "reslab/schedule/one_cycle.h"
#include "reslab/train/build.h"

namespace reslab::recipe {
namespace {

TEST(StepsPerEpoch, CountsTheLastBatchAndTheLastGroup) {
  Recipe recipe;
  recipe.data.batch_size = 512;
  EXPECT_EQ(batches_per_epoch(recipe, 50'000), 98);
  EXPECT_EQ(batches_per_epoch(recipe, 512), 1);
  EXPECT_EQ(batches_per_epoch(recipe, 513), 2);
  recipe.optimizer.accumulate = 3;
  EXPECT_EQ(steps_per_epoch(recipe, 50'000), 33);
  recipe.data.drop_last = true;
  EXPECT_EQ(batches_per_epoch(recipe, 50'000), 97);
  recipe.data.limit_batches = 7;
  EXPECT_EQ(batches_per_epoch(recipe, 50'000), 7);
  EXPECT_EQ(steps_per_epoch(recipe, 50'000), 3);
}

TEST(StepsPerEpoch, NeedsABatch) {
  Recipe recipe;
  EXPECT_THROW(batches_per_epoch(recipe, 0), core::UserError);
  recipe.data.drop_last = true;
  EXPECT_THROW(steps_per_epoch(recipe, 511), core::UserError);
}

TEST(TrainingSamples, AreWhatIsntKeptBack) {
  Recipe recipe;
  EXPECT_EQ(training_samples(recipe, 50'000), 50'000);
  recipe.data.holdout = 1000;
  EXPECT_EQ(training_samples(recipe, 50'000), 49'000);
  recipe.data.overfit_batches = 2;
  EXPECT_EQ(training_samples(recipe, 50'000), 1024);
  EXPECT_EQ(training_samples(recipe, 1500), 500);
}

TEST(MakeSchedule, GivesTheOriginalsOneCycle) {
  const Recipe recipe = load_recipe("original");
  const auto schedule = make_schedule(recipe, recipe.epochs * steps_per_epoch(recipe, 50'000));
  EXPECT_EQ(schedule->total_steps(), 2352);
  EXPECT_DOUBLE_EQ(schedule->at(0).lr, 0.0199 / 8);
  EXPECT_DOUBLE_EQ(schedule->at(489).lr, 0.0199);
  EXPECT_DOUBLE_EQ(schedule->at(489).momentum, 0.85);
  EXPECT_DOUBLE_EQ(schedule->at(2351).lr, 0.0199 / 8 / 1e4);
}

TEST(MakeSchedule, HandsOnEveryOption) {
  Recipe recipe;
  recipe.optimizer.momentum = 0.7;
  recipe.schedule = {.name = "one_cycle",
                     .max_lr = 0.5,
                     .pct_start = 0.4,
                     .anneal = "linear",
                     .div_factor = 5,
                     .final_div_factor = 7,
                     .cycle_momentum = false,
                     .base_momentum = 0.2,
                     .max_momentum = 0.3};
  const auto schedule = make_schedule(recipe, 11);
  const auto& options = dynamic_cast<const schedule::OneCycle&>(*schedule).options();
  EXPECT_EQ(options.total_steps, 11);
  EXPECT_EQ(options.max_lr, 0.5);
  EXPECT_EQ(options.pct_start, 0.4);
  EXPECT_EQ(options.anneal, schedule::Anneal::linear);
  EXPECT_EQ(options.div_factor, 5);
  EXPECT_EQ(options.final_div_factor, 7);
  EXPECT_FALSE(options.cycle_momentum);
  EXPECT_EQ(options.base_momentum, 0.2);
  EXPECT_EQ(options.max_momentum, 0.3);
  EXPECT_EQ(options.momentum, 0.7);
}

TEST(MakeSchedule, PartsKeepTheirRatioAndTheirMomentumUnderOneCycle) {
  const Recipe recipe = parse_recipe(
      "optimizer = {name = 'muon', lr = 0.1, head_lr = 0.4, momentum = 0.9, muon = {lr = 0.2, momentum = 0.6}}\n"
      "schedule = {name = 'one_cycle', max_lr = 0.5, cycle_momentum = false}",
      "x");
  struct Case {
    ParameterGroup group;
    double peak, momentum;
  };
  for (const Case& example : {Case{ParameterGroup::rest, 0.5, 0.9}, Case{ParameterGroup::filters, 1, 0.6},
                              Case{ParameterGroup::head, 2, 0.9}}) {
    EXPECT_DOUBLE_EQ(peak_lr(recipe, example.group), example.peak);
    const auto schedule = make_schedule(recipe, example.group, 100, 10);
    double highest = 0;
    for (std::int64_t step = 0; step < 100; ++step) {
      highest = std::max(highest, schedule->at(step).lr);
      EXPECT_EQ(schedule->at(step).momentum, example.momentum);
    }
    EXPECT_NEAR(highest, example.peak, 0.01 * example.peak);
  }
}

TEST(BuildGroups, BiasesMayMoveAtARateOfTheirOwn) {
  const auto groups_with = [](const std::string& rates) {
    const Recipe recipe = parse_recipe(
        "model = {width = 4}\noptimizer = {lr = 0.1, " + rates + "}\n" + "schedule = {name = 'constant'}", "x");
    const auto network = models::create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 4}}});
    std::map<std::string, double> rate_of;
    for (const train::TrainedGroup& group : train::build_groups(recipe, *network, 10, 5))
      for (const auto& momentum : group.optimizer->state()) rate_of[momentum.name] = group.schedule->at(0).lr;
    return rate_of;
  };
  auto rates = groups_with("norm_lr = 0.2, bias_lr = 3");
  EXPECT_EQ(rates["prep_layer.0.weight"], 0.1);
  EXPECT_EQ(rates["prep_layer.1.weight"], 0.2);
  EXPECT_EQ(rates["prep_layer.1.bias"], 3);
  rates = groups_with("norm_lr = 0.2");
  EXPECT_EQ(rates["prep_layer.1.bias"], 0.2);
}

TEST(MakeSchedule, KeepsTheEndsShareInTheTail) {
  const auto at = [](const std::string& tail, ParameterGroup group, std::int64_t step) {
    const Recipe recipe = parse_recipe(
        "epochs = 10\noptimizer = {lr = 1, whitening_epochs = 1}\n"
        "schedule = {name = 'linear', final_factor = 0.1, warmup_epochs = 1, " +
            tail + "}",
        "x");
    return make_schedule(recipe, group, 100, 10)->at(step).lr;
  };
  EXPECT_NEAR(at("tail_epochs = 2.5", ParameterGroup::rest, 10), 1, 1e-12);
  EXPECT_NEAR(at("tail_epochs = 2.5", ParameterGroup::rest, 10 + 13), 1 - 0.9 * 13 / 65, 1e-12);
  EXPECT_NEAR(at("tail_epochs = 2.5", ParameterGroup::rest, 75), 0.1, 1e-12);
  EXPECT_NEAR(at("tail_epochs = 2.5", ParameterGroup::rest, 99), 0.1, 1e-12);
  EXPECT_NEAR(at("tail_epochs = 0", ParameterGroup::rest, 99), 1 - 0.9 * 89 / 90, 1e-12);
  EXPECT_NEAR(at("tail_epochs = 12", ParameterGroup::rest, 11), 0.1, 1e-12)
      << "longer than the training: after the warm-up";
  EXPECT_EQ(at("tail_epochs = 2.5", ParameterGroup::whitening, 50), 0) << "that group has its own end";
}

TEST(MakeSchedule, GivesAConstant) {
  const Recipe recipe =
      parse_recipe("optimizer = {lr = 0.3, momentum = 0.6}\nschedule = {name = 'constant', max_lr = 9}", "x");
  const auto schedule = make_schedule(recipe, 3);
  for (std::int64_t step = 0; step < 3; ++step) {
    EXPECT_EQ(schedule->at(step).lr, 0.3);
    EXPECT_EQ(schedule->at(step).momentum, 0.6);
  }
}

}  // namespace
}  // namespace reslab::recipe
