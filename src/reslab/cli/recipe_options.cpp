#include "reslab/cli/recipe_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "reslab/core/error.h"
#include "reslab/train/idle_keys.h"
#include "reslab/train/learning_rate.h"

namespace reslab::cli {
namespace {

// An option that stands for a key of the recipe. --lr isn't among them: it scales the rates of all parameter groups.
struct ShortForm {
  const char *option, *key;
  std::optional<std::string> RecipeOptions::*value;
};

constexpr ShortForm short_forms[] = {{"--epochs", "epochs", &RecipeOptions::epochs},
                                     {"--batch-size", "data.batch_size", &RecipeOptions::batch_size},
                                     {"--seed", "seed", &RecipeOptions::seed},
                                     {"--holdout", "data.holdout", &RecipeOptions::holdout},
                                     {"--limit-batches", "data.limit_batches", &RecipeOptions::limit_batches},
                                     {"--overfit-batches", "data.overfit_batches", &RecipeOptions::overfit_batches}};

// What the user sets must have an effect: silence would let a mistake pass for a result.
void refuse_idle(const train::Recipe& recipe, const train::Overrides& overrides) {
  for (const auto& [key, value] : overrides)
    if (const std::string why = train::why_idle(recipe, key); !why.empty())
      throw core::UserError({.attempted = "set " + key + " to '" + value + "'",
                             .found = "it would have no effect: " + why,
                             .remedy = "leave it out"});
}

// A file of the user's own is told of rather than refused: it may be meant for several uses. The recipe of a run says
// every key, and the program's own recipes are as they are.
void tell_idle(const train::Recipe& recipe, const std::string& name_or_path) {
  const std::filesystem::path own = train::recipe_folders().back();
  for (const train::RecipeFile& file : train::list_recipes())
    if (file.path.parent_path() == own && file.name == name_or_path) return;
  const std::vector<std::string> keys = train::keys_in_file(name_or_path);
  if (keys.size() == train::recipe_keys().size()) return;
  for (const std::string& key : keys)
    if (const std::string why = train::why_idle(recipe, key); !why.empty())
      std::cerr << "note: in " << name_or_path << " the key " << key << " has no effect: " << why << '\n';
}

}  // namespace

std::shared_ptr<RecipeOptions> add_recipe_options(CLI::App& app) {
  auto options = std::make_shared<RecipeOptions>();
  const std::string group = "Recipe";
  // Without this a value in brackets would be taken for several values.
  app.add_option("--set", options->set, "set a key of the recipe (repeatable; keys: reslab recipe keys)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--epochs", options->epochs, "epochs")->type_name("N")->group(group);
  app.add_option("--batch-size", options->batch_size, "data.batch_size")->type_name("N")->group(group);
  app.add_option("--lr", options->lr, "the learning rate; groups with rates of their own keep their ratio to it")
      ->type_name("X")
      ->group(group);
  app.add_option("--seed", options->seed, "seed")->type_name("N")->group(group);
  app.add_option("--holdout", options->holdout, "data.holdout: training samples kept back to choose by")
      ->type_name("N")
      ->group(group);
  app.add_option("--limit-batches", options->limit_batches, "data.limit_batches: only the first N batches of an epoch")
      ->type_name("N")
      ->group(group);
  app.add_option("--overfit-batches", options->overfit_batches,
                 "data.overfit_batches: train on and evaluate the same N batches, unaugmented")
      ->type_name("N")
      ->group(group);
  return options;
}

core::Words words_of(const RecipeOptions& options) {
  core::Words words;
  for (const std::string& text : options.set) words.insert(words.end(), {"--set", text});
  for (const ShortForm& each : short_forms)
    if (const auto& value = options.*each.value) words.insert(words.end(), {each.option, *value});
  return words;
}

train::Recipe resolve_recipe(const std::string& name_or_path, const RecipeOptions& options) {
  train::Overrides overrides;
  for (const std::string& text : options.set) overrides.push_back(train::parse_override(text));
  for (const ShortForm& each : short_forms)
    if (const auto& value = options.*each.value) overrides.emplace_back(each.key, *value);
  train::Recipe recipe = train::load_recipe(name_or_path, overrides);
  refuse_idle(recipe, overrides);
  tell_idle(recipe, name_or_path);
  if (options.lr) train::set_learning_rate(recipe, train::parse_learning_rate(*options.lr));
  return recipe;
}

}  // namespace reslab::cli
