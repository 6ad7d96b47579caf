#include "reslab/recipe/learning_rate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/models/network.h"
#include "reslab/train/build.h"
#include "support/message.h"
#include "support/networks.h"

namespace reslab::recipe {
namespace {

std::vector<ParameterGroup> groups_of(const Recipe& recipe) {
  std::vector<ParameterGroup> groups{ParameterGroup::rest, ParameterGroup::norms, ParameterGroup::biases,
                                     ParameterGroup::head, ParameterGroup::whitening};
  if (recipe.optimizer.name == "muon") groups.push_back(ParameterGroup::filters);
  return groups;
}

double highest(const schedule::Schedule& schedule) {
  double lr = 0;
  for (std::int64_t step = 0; step < schedule.total_steps(); ++step) lr = std::max(lr, schedule.at(step).lr);
  return lr;
}

Recipe user_recipe(const std::string& text) { return parse_recipe("epochs = 2\n" + text, "user.toml"); }

TEST(LearningRate, IsTheHighestThatTheShownScheduleReaches) {
  for (const RecipeFile& file : list_recipes()) {
    const Recipe recipe = load_recipe(file.name);
    // one_cycle passes its peak between two steps.
    EXPECT_NEAR(highest(*make_schedule(recipe, 1000)), learning_rate(recipe), 1e-4 * learning_rate(recipe))
        << file.name;
  }
  EXPECT_EQ(learning_rate(load_recipe("fast94")), 0.2255);
  EXPECT_EQ(learning_rate(load_recipe("original")), 0.0199);
}

TEST(LearningRate, IsOfAGroupThatTheNetworkHas) {
  for (const char* network : {"custom_resnet", "speednet"})
    for (const char* optimizer : {"sgd", "adamw", "muon"}) {
      const Recipe recipe =
          user_recipe(std::string("optimizer = {name = '") + optimizer + "', norm_lr = 0.3}\n" +
                      "schedule = {name = 'constant'}\nmodel = {name = '" + network + "', width = 4}");
      const auto made = models::create(network, support::options_for(network, {{"width", 4}, {"group_width", 4}}));
      const auto built = train::build_groups(recipe, *made, 10, 5);
      EXPECT_EQ(std::ranges::count(built, leading_group(recipe), &train::TrainedGroup::group), 1)
          << network << ' ' << optimizer;
    }
}

TEST(SetLearningRate, ScalesEveryGroupByTheSameFactor) {
  for (const RecipeFile& file : list_recipes()) {
    const Recipe before = load_recipe(file.name);
    Recipe after = before;
    set_learning_rate(after, 3 * learning_rate(before));
    check_recipe(after);
    EXPECT_EQ(learning_rate(after), 3 * learning_rate(before)) << file.name;
    for (const ParameterGroup group : groups_of(before))
      EXPECT_NEAR(peak_lr(after, group), 3 * peak_lr(before, group), 1e-12)
          << file.name << ' ' << static_cast<int>(group);
  }
}

TEST(SetLearningRate, ScalesRecipesThatUsersWrite) {
  const char* texts[] = {
      "optimizer = {name = 'muon', lr = 0.1, muon = {lr = 0.3}}\nschedule = {name = 'cosine'}",
      ("optimizer = {name = 'muon', lr = 0.1, head_lr = 0.4, muon = {lr = 0.2}}\n"
       "schedule = {name = 'one_cycle', max_lr = 0.5}"),
      "optimizer = {name = 'adamw', lr = 0.001, bias_lr = 0.002}\nschedule = {name = 'linear'}",
      "optimizer = {lr = 0.1, norm_lr = 0.7}\nschedule = {name = 'steps', milestones = [1]}",
  };
  for (const char* text : texts) {
    const Recipe before = user_recipe(text);
    Recipe after = before;
    set_learning_rate(after, 0.04);
    EXPECT_DOUBLE_EQ(learning_rate(after), 0.04) << text;
    for (const ParameterGroup group : groups_of(before))
      EXPECT_NEAR(peak_lr(after, group) / peak_lr(before, group), 0.04 / learning_rate(before), 1e-12) << text;
  }
}

TEST(SetLearningRate, ToWhatItIsChangesNothing) {
  for (const RecipeFile& file : list_recipes()) {
    const Recipe before = load_recipe(file.name);
    Recipe after = before;
    set_learning_rate(after, learning_rate(before));
    EXPECT_EQ(recipe_hash(after), recipe_hash(before)) << file.name;
  }
}

TEST(SetLearningRate, RefusesRatesThatLeaveTheRange) {
  Recipe recipe = load_recipe("fast94");  // its head's rate is 2.4 times its learning rate
  const std::string text = support::message_of<core::UserError>([&] { set_learning_rate(recipe, 1000); });
  EXPECT_NE(text.find("optimizer.head_lr"), std::string::npos) << text;
}

TEST(ParseLearningRate, TakesNumbersAndFractionsInTheRange) {
  EXPECT_EQ(parse_learning_rate("0.1"), 0.1);
  EXPECT_EQ(parse_learning_rate("2"), 2);
  EXPECT_EQ(parse_learning_rate("1/8"), 0.125);
  for (const char* text : {"", "fast", "0", "-1", "1001", "nan", "inf", "1/0"})
    EXPECT_THROW(parse_learning_rate(text), core::UserError) << text;
}

}  // namespace
}  // namespace reslab::recipe
