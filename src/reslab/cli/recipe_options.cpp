#include "reslab/cli/recipe_options.h"

#include <CLI/CLI.hpp>

#include "reslab/train/recipe_schedule.h"

namespace reslab::cli {
namespace {

// An option that stands for a key of the recipe. --lr isn't among them: which key it means hangs on the schedule.
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
  for (const ShortForm& each : short_forms)
    if (const auto& value = options.*each.value) words += std::string(" ") + each.option + " " + *value;
  return words;
}

train::Recipe resolve_recipe(const std::string& name_or_path, const RecipeOptions& options) {
  train::Overrides overrides;
  for (const std::string& text : options.set) overrides.push_back(train::parse_override(text));
  for (const ShortForm& each : short_forms)
    if (const auto& value = options.*each.value) overrides.emplace_back(each.key, *value);
  train::Recipe recipe = train::load_recipe(name_or_path, overrides);
  if (!options.lr) return recipe;
  // Which key --lr means is known only now.
  overrides.emplace_back(train::lr_key(recipe), *options.lr);
  return train::load_recipe(name_or_path, overrides);
}

}  // namespace reslab::cli
