#include "reslab/recipe/recipe.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "recipe/support.h"
#include "reslab/core/hash.h"

namespace reslab::recipe {
namespace {

RC_GTEST_PROP(Recipe, IsTheSameAfterWritingAndReading, ()) {
  const Recipe recipe = any_recipe();
  const std::string text = to_toml(recipe);
  const Recipe again = parse_recipe(text, "test");
  RC_ASSERT(to_toml(again) == text);
  RC_ASSERT(recipe_hash(again) == recipe_hash(recipe));
  RC_ASSERT(again.name == recipe.name);
  RC_ASSERT(again.description == recipe.description);
}

// Changes what a key holds to something else.
struct Change {
  Recipe& recipe;
  const Field& field;
  void operator()(const Access<bool>& access) const { access.write(recipe) = !access.write(recipe); }
  void operator()(const Access<std::int64_t>& access) const { access.write(recipe) += 1; }
  void operator()(const Access<std::uint64_t>& access) const { access.write(recipe) += 1; }
  void operator()(const Access<double>& access) const { access.write(recipe) = access.write(recipe) * 0.75 + 0.001; }
  void operator()(const Access<std::string>& access) const { access.write(recipe) += "x"; }
  void operator()(const Access<std::vector<double>>& access) const { access.write(recipe).push_back(0.5); }
  void operator()(const Access<std::vector<std::string>>& access) const { access.write(recipe).push_back("pad"); }
};

TEST(RecipeHash, ChangesWithEveryKeyThatDecides) {
  std::set<std::string> hashes = {recipe_hash({})};
  for (const Field& field : recipe_fields()) {
    Recipe recipe;
    std::visit(Change{recipe, field}, field.access);
    const std::string key = field.key;
    const bool fresh = hashes.insert(recipe_hash(recipe)).second;
    EXPECT_EQ(fresh, key != "name" && key != "description") << key;
  }
  EXPECT_EQ(hashes.size(), recipe_keys().size() - 1);
}

// Else a later version, which knows more keys, couldn't go on with the runs of this one.
TEST(RecipeHash, KeysAtTheirInitialValueDontCount) {
  EXPECT_EQ(recipe_hash({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") << "of no text";
  EXPECT_EQ(recipe_hash(parse_recipe("epochs = 3\n", "x")), core::sha256(std::as_bytes(std::span("epochs = 3\n", 11))));
}

TEST(RecipeHash, DependsOnValuesNotOnHowTheyAreWritten) {
  const std::string a = recipe_hash(parse_recipe("[schedule]\npct_start = 0.25\n[optimizer]\nweight_decay = 0\n", "a"));
  const std::string b =
      recipe_hash(parse_recipe("name = 'b'\noptimizer.weight_decay = -0.0\nschedule.pct_start = '1/4'\n", "b"));
  EXPECT_EQ(a, b);
  EXPECT_EQ(a.size(), 64U);
}

TEST(Recipe, HoldsTheOriginalsConstants) {
  const Recipe recipe = load_recipe("original");
  EXPECT_EQ(recipe.name, "original");
  EXPECT_EQ(recipe.epochs, 24);
  EXPECT_EQ(recipe.data.batch_size, 512);
  EXPECT_FALSE(recipe.data.drop_last);
  EXPECT_EQ(recipe.data.mean, (std::vector{0.49139968, 0.48215841, 0.44653091}));
  EXPECT_EQ(recipe.data.std, (std::vector{0.24703223, 0.24348513, 0.26158784}));
  EXPECT_EQ(recipe.model.values.at("softmax"), models::OptionValue(true));
  EXPECT_EQ(recipe.augment.policies, (std::vector<std::string>{"pad", "random_crop", "horizontal_flip", "cutout"}));
  EXPECT_EQ(toml_value(value_of(*find_field("augment.pad.height"), recipe)), "36");
  EXPECT_EQ(toml_value(value_of(*find_field("augment.cutout.width"), recipe)), "8");
  EXPECT_EQ(recipe.optimizer.weight_decay, 0.005);
  EXPECT_EQ(recipe.optimizer.clip_value, 0.1);
  EXPECT_TRUE(recipe.optimizer.decay_norm_and_bias);
  EXPECT_EQ(recipe.schedule.max_lr, 0.0199);
  EXPECT_EQ(recipe.schedule.pct_start, 5.0 / 24);
  EXPECT_EQ(recipe.schedule.div_factor, 8);
  EXPECT_EQ(recipe.report.average_loss, "seed");
}

TEST(Recipe, MendsTheOriginalsMistakesInResnet) {
  const Recipe original = load_recipe("original"), resnet = load_recipe("resnet");
  EXPECT_EQ(resnet.model.values.at("softmax"), models::OptionValue(false));
  EXPECT_FALSE(resnet.optimizer.decay_norm_and_bias);
  EXPECT_EQ(resnet.optimizer.clip_value, 0);
  EXPECT_EQ(resnet.report.average_loss, "mean");
  EXPECT_EQ(resnet.schedule.pct_start, original.schedule.pct_start);  // inherited
  EXPECT_NE(resnet.description, original.description);
}

TEST(CheckRecipe, LooksAtValuesMadeInMemory) {
  EXPECT_NO_THROW(check_recipe({}));
  Recipe recipe;
  recipe.name = "mine";
  recipe.optimizer.lr = -1;
  const core::ErrorParts parts = error_of([&] { check_recipe(recipe); });
  EXPECT_EQ(parts.attempted, "use the recipe 'mine'");
  EXPECT_EQ(parts.found, "optimizer.lr is the number -1");
}

TEST(CheckRecipe, LooksAtWhatMustGoTogether) {
  const auto found = [](const std::string& toml) { return error_of([&] { parse_recipe(toml, "x"); }).found; };
  EXPECT_EQ(found("data.mean = [0.5, 0.5]"), "data.mean has 2 values and data.std 0");
  EXPECT_EQ(found("schedule.base_momentum = 0.9\nschedule.max_momentum = 0.8"),
            "schedule.base_momentum is 0.9 and schedule.max_momentum 0.8");
  EXPECT_EQ(found("optimizer.nesterov = true\noptimizer.dampening = 0.1"),
            "optimizer.nesterov with momentum 0.9 and dampening 0.1");
  EXPECT_EQ(found("optimizer.nesterov = true\noptimizer.momentum = 0"),
            "optimizer.nesterov with momentum 0 and dampening 0");
  EXPECT_EQ(found("optimizer.freeze = 'layers.0'"), "optimizer.freeze is 'layers.0' and optimizer.freeze_epochs 0");
  EXPECT_EQ(found("optimizer = {freeze = 'whiten', freeze_epochs = 1, whitening_epochs = 3}"),
            "optimizer.freeze is 'whiten' and optimizer.whitening_epochs 3");
  EXPECT_EQ(found("averaging.start_epoch = 2\naveraging.last_epochs = 1.5"),
            "averaging.start_epoch is 2 and averaging.last_epochs 1.5");
  EXPECT_EQ(found("epochs = 4\n[averaging]\nname = 'swa'\nstart_epoch = 4"), "averaging.start_epoch is 4 and epochs 4");
}

TEST(DescribeKeys, SaysSomethingOnEveryKey) {
  const std::vector<KeyDescription> descriptions = describe_keys();
  const std::vector<std::string> keys = recipe_keys();
  ASSERT_EQ(descriptions.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(descriptions[i].key, keys[i]);
    EXPECT_FALSE(descriptions[i].allowed.empty()) << keys[i];
    EXPECT_FALSE(descriptions[i].meaning.empty()) << keys[i];
    // The initial value is one that the key takes.
    EXPECT_NO_THROW(parse_recipe(keys[i] + " = " + descriptions[i].initial, "x")) << keys[i];
  }
}

}  // namespace
}  // namespace reslab::recipe
