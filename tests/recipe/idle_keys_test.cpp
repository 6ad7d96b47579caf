#include "reslab/recipe/idle_keys.h"

#include <gtest/gtest.h>

#include <set>

#include "reslab/recipe/fields.h"
#include "reslab/recipe/schedule.h"
#include "reslab/recipe/value.h"

namespace reslab::recipe {
namespace {

// All that schedule.* and the rates decide: rate and momentum of each group that the optimiser has, at each step.
std::vector<double> settings_of(const Recipe& recipe) {
  std::vector<ParameterGroup> groups{ParameterGroup::rest};
  if (recipe.optimizer.name == "muon") groups = {ParameterGroup::filters};
  if (recipe.optimizer.head_lr > 0) groups.push_back(ParameterGroup::head);
  if (recipe.optimizer.norm_lr > 0) groups.push_back(ParameterGroup::norms);
  if (recipe.optimizer.name == "muon" && recipe.optimizer.norm_lr == 0) groups.push_back(ParameterGroup::rest);
  std::vector<double> settings;
  for (const ParameterGroup group : groups) {
    const auto schedule = make_schedule(recipe, group, 10 * recipe.epochs, 10);
    for (std::int64_t step = 0; step < schedule->total_steps(); ++step) {
      settings.push_back(schedule->at(step).lr);
      settings.push_back(schedule->at(step).momentum);
    }
  }
  return settings;
}

// Another value that the key may have.
std::string other_value(const std::string& key, const Recipe& recipe) {
  if (key == "schedule.anneal") return recipe.schedule.anneal == "cos" ? "linear" : "cos";
  if (key == "schedule.cycle_momentum") return recipe.schedule.cycle_momentum ? "false" : "true";
  if (key == "schedule.milestones") return "[1, 1.5]";
  if (key == "schedule.warmup_epochs" || key == "schedule.tail_epochs") return "1";
  if (key == "schedule.max_momentum") return "0.97";
  return "0.31";
}

std::string name_of(const Recipe& recipe) {
  return recipe.schedule.name + " " + recipe.optimizer.name + " head " + std::to_string(recipe.optimizer.head_lr);
}

TEST(WhyIdle, NamesJustTheKeysOfSchedulesAndRatesThatChangeNothing) {
  std::set<std::string> seen_idle;
  for (const char* schedule : {"one_cycle", "constant", "linear", "cosine", "polynomial", "steps"})
    for (const char* optimizer : {"sgd", "adamw", "muon"})
      for (const char* rates : {"", "head_lr = 0.2, norm_lr = 0.4, "}) {
        const std::string text = std::string("epochs = 4\noptimizer = {") + rates + "name = '" + optimizer +
                                 "'}\nschedule = {milestones = [2], warmup_epochs = 0.5, final_factor = 0.1, name = '" +
                                 schedule + "'}";
        const Recipe recipe = parse_recipe(text, "x");
        for (const Field& field : recipe_fields()) {
          const std::string key = field.key;
          const bool is_rate = key == "optimizer.lr" || key == "optimizer.momentum" || key == "optimizer.muon.lr";
          if (key == "schedule.name" || (!key.starts_with("schedule.") && !is_rate)) continue;
          const Recipe changed = parse_recipe(text, "x", {{key, other_value(key, recipe)}});
          const bool same = settings_of(changed) == settings_of(recipe);
          // Before and after the change, as the command line asks it of the recipe with the change in it.
          EXPECT_EQ(!why_idle(changed, key).empty(), same)
              << key << " with " << name_of(recipe) << ": " << why_idle(changed, key);
          if (same) seen_idle.insert(key);
        }
      }
  EXPECT_GT(seen_idle.size(), 15U);
}

TEST(WhyIdle, SaysWhy) {
  struct Case {
    const char *recipe, *key, *says;
  };
  const Case cases[] = {
      {"", "schedule.warmup_epochs", "schedule.name is 'one_cycle', and only linear,"},
      {"", "optimizer.lr", "schedule.max_lr is the learning rate"},
      {"", "optimizer.muon.lr", "only muon has it"},
      {"", "averaging.decay", "averaging.name is 'none'"},
      {"averaging = {name = 'swa'}", "averaging.decay", "only ema has it"},
      {"", "augment.cutout.holes", "augment.policies doesn't name cutout"},
      {"data = {overfit_batches = 2}\naugment = {policies = ['cutout']}", "augment.cutout.holes", "aren't augmented"},
      {"data = {overfit_batches = 2}", "data.shuffle", "the same samples in the same order"},
      {"data = {overfit_batches = 2, limit_batches = 2}", "data.limit_batches", "overfit_batches is 2"},
      {"", "model.depth", "only speednet has it"},
      {"model = {name = 'speednet'}", "model.softmax", "only custom_resnet has it"},
      {"", "evaluation.views_share", "evaluation.views is 'one'"},
      {"optimizer = {decay_per_step = 0.1}", "optimizer.weight_decay", "stands in its place"},
      {"", "optimizer.decay_norm_and_bias", "there is no weight decay"},
      {"", "optimizer.whitening_lr", "only speednet has it"},
      {"model = {name = 'speednet'}\noptimizer = {bias_lr = 0.1, norm_lr = 0.2}", "optimizer.norm_lr", "biases alone"},
      {"optimizer = {momentum = 0, dampening = 0.5}\nschedule = {name = 'constant'}", "optimizer.dampening",
       "momentum is 0"},
  };
  for (const Case& example : cases) {
    const std::string why = why_idle(parse_recipe(example.recipe, "x"), example.key);
    EXPECT_NE(why.find(example.says), std::string::npos) << example.key << ": " << why;
  }
}

TEST(WhyTooShort, NamesWhatTheTrainingHasTooFewEpochsFor) {
  struct Case {
    const char *recipe, *key, *says;
  };
  const Case cases[] = {
      {"schedule = {name = 'linear', warmup_epochs = 100}\nepochs = 1", "schedule.warmup_epochs", "has 1 epoch,"},
      {"schedule = {name = 'steps', milestones = [5, 9]}\nepochs = 5", "schedule.milestones", "no milestone"},
      {"schedule = {name = 'linear', tail_epochs = 3}\nepochs = 3", "schedule.tail_epochs", "a single step"},
      {"resolution = {epochs = [0, 4], sides = [24, 32]}\nepochs = 4", "resolution.epochs", "never reached"},
      {"data = {holdout = 100}\nearly_stopping = {patience = 23}", "early_stopping.patience", "has 24 epochs"},
  };
  for (const Case& example : cases) {
    const Recipe recipe = parse_recipe(example.recipe, "x");
    EXPECT_EQ(why_idle(recipe, example.key), "") << example.key;
    const std::string why = why_too_short(recipe, example.key);
    EXPECT_NE(why.find(example.says), std::string::npos) << example.key << ": " << why;
    Recipe longer = recipe;
    longer.epochs = 200;
    EXPECT_EQ(why_too_short(longer, example.key), "") << example.key;
  }
}

TEST(WhyIdle, NamesWhatSwitchesMixingAndBalanceOff) {
  const auto why = [](const char* toml, const char* key) { return why_idle(parse_recipe(toml, "x"), key); };
  const auto says = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  EXPECT_TRUE(says(why("", "mix.probability"), "mix.name is 'none'"));
  EXPECT_TRUE(says(why("mix.name = 'mixup'", "mix.cutmix_alpha"), "only cutmix and both have it"));
  EXPECT_TRUE(says(why("mix.name = 'cutmix'", "mix.mixup_alpha"), "only mixup and both have it"));
  EXPECT_EQ(why("mix.name = 'both'", "mix.mixup_alpha"), "");
  EXPECT_EQ(why("mix.name = 'both'", "mix.cutmix_alpha"), "");
  EXPECT_TRUE(says(why("mix.name = 'both'\ndata.overfit_batches = 1", "mix.name"), "aren't augmented"));
  EXPECT_TRUE(says(why("data = {overfit_batches = 1, balance = 'sampling'}", "data.balance"), "in the same order"));
  EXPECT_EQ(why("data = {overfit_batches = 1, balance = 'loss'}", "data.balance"), "");
  EXPECT_TRUE(says(why("data = {drop_last = true, join_last = true}", "data.join_last"), "leaves that batch out"));
  EXPECT_EQ(why("data = {join_last = true}", "data.join_last"), "");
}

TEST(WhyIdle, CountsThePoliciesOfOneOf) {
  const char* const named = "augment = {policies = ['one_of'], one_of = {policies = ['rotation']}}";
  const char* const alone = "augment = {policies = ['pad'], one_of = {policies = ['rotation']}}";
  EXPECT_EQ(why_idle(parse_recipe(named, "x"), "augment.rotation.degrees"), "");
  EXPECT_EQ(why_idle(parse_recipe(named, "x"), "augment.one_of.probabilities"), "");
  EXPECT_EQ(why_idle(parse_recipe(alone, "x"), "augment.rotation.degrees"), "augment.policies doesn't name rotation");
  EXPECT_EQ(why_idle(parse_recipe(alone, "x"), "augment.one_of.policies"), "augment.policies doesn't name one_of");
}

TEST(WhyIdle, SaysNothingOfKeysThatCount) {
  for (const char* key : {"seed", "epochs", "data.batch_size", "loss.label_smoothing", "optimizer.weight_decay",
                          "schedule.max_lr", "augment.policies", "model.width", "evaluation.views"})
    EXPECT_EQ(why_idle(Recipe{}, key), "") << key;
  const Recipe overfit = parse_recipe("data = {overfit_batches = 3, limit_batches = 2}", "x");
  for (const char* key : {"data.overfit_batches", "data.limit_batches", "data.drop_last", "data.holdout", "data.mean",
                          "data.batch_size", "resolution.sides", "evaluation.views", "seed"})
    EXPECT_EQ(why_idle(overfit, key), "") << key;
  EXPECT_EQ(why_idle(Recipe{}, "data.shuffle"), "");
  for (const char* recipe : {"fast94", "airbench94", "fast96", "resnet"})
    for (const char* key : {"optimizer.muon.lr", "optimizer.head_lr", "optimizer.norm_lr", "optimizer.momentum"})
      EXPECT_EQ(why_idle(load_recipe(recipe), key), "") << recipe << ' ' << key;
}

}  // namespace
}  // namespace reslab::recipe
