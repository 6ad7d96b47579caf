#include "reslab/cli/recipe_options.h"

#include <CLI/CLI.hpp>

#include "reslab/train/recipe_schedule.h"

namespace reslab::cli {

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
  app.add_option("--lr", options->lr, "the learning rate: schedule.max_lr under one_cycle, else optimizer.lr")
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

std::string words_of(const RecipeOptions& options) {
  std::string words;
  for (const std::string& text : options.set) words += " --set '" + text + "'";
  const auto add = [&](const char* option, const std::optional<std::string>& value) {
    if (value) words += std::string(" ") + option + " " + *value;
  };
  add("--epochs", options.epochs);
  add("--batch-size", options.batch_size);
  add("--seed", options.seed);
  add("--holdout", options.holdout);
  add("--limit-batches", options.limit_batches);
  add("--overfit-batches", options.overfit_batches);
  return words;
}

train::Recipe resolve_recipe(const std::string& name_or_path, const RecipeOptions& options) {
  train::Overrides overrides;
  for (const std::string& text : options.set) overrides.push_back(train::parse_override(text));
  const auto add = [&](const char* key, const std::optional<std::string>& value) {
    if (value) overrides.emplace_back(key, *value);
  };
  add("epochs", options.epochs);
  add("data.batch_size", options.batch_size);
  add("seed", options.seed);
  add("data.holdout", options.holdout);
  add("data.limit_batches", options.limit_batches);
  add("data.overfit_batches", options.overfit_batches);
  train::Recipe recipe = train::load_recipe(name_or_path, overrides);
  if (!options.lr) return recipe;
  // Which key --lr means is known only now.
  add(train::lr_key(recipe), options.lr);
  return train::load_recipe(name_or_path, overrides);
}

}  // namespace reslab::cli
