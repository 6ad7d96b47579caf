#include "reslab/cli/recipe_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "reslab/core/error.h"
#include "reslab/core/printable.h"
#include "reslab/recipe/fields.h"
#include "reslab/recipe/find.h"
#include "reslab/recipe/flips.h"
#include "reslab/recipe/idle_keys.h"
#include "reslab/recipe/learning_rate.h"
#include "reslab/recipe/model_fields.h"
#include "reslab/recipe/toml.h"
#include "reslab/recipe/value.h"

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
                                     {"--overfit-batches", "data.overfit_batches", &RecipeOptions::overfit_batches},
                                     {"--balance", "data.balance", &RecipeOptions::balance},
                                     {"--image-size", "pictures.size", &RecipeOptions::image_size},
                                     {"--fit", "pictures.fit", &RecipeOptions::fit},
                                     {"--labels", "pictures.labels", &RecipeOptions::labels},
                                     {"--columns", "pictures.columns", &RecipeOptions::columns},
                                     {"--delimiter", "pictures.delimiter", &RecipeOptions::delimiter},
                                     {"--split", "pictures.split", &RecipeOptions::split},
                                     {"--splits", "pictures.splits", &RecipeOptions::splits},
                                     {"--group-by", "pictures.group_by", &RecipeOptions::group_by},
                                     {"--damaged", "pictures.damaged", &RecipeOptions::damaged}};

// "224" or "224x160", height first, as the recipe has it: "[224]", "[224, 160]". What is neither goes on as it is, and
// the recipe refuses it.
std::string size_value(const std::string& text) {
  const std::size_t by = text.find('x');
  return by == std::string::npos ? "[" + text + "]" : "[" + text.substr(0, by) + ", " + text.substr(by + 1) + "]";
}

// Texts are written as TOML, so that whatever they hold reads back.
std::string override_value(const ShortForm& form, const std::string& value) {
  if (form.value == &RecipeOptions::image_size) return size_value(value);
  const recipe::Field& field = *recipe::find_field(form.key);
  return std::holds_alternative<recipe::Access<std::string>>(field.access) ? recipe::toml_value({.data = value})
                                                                           : value;
}

void warn(const std::string& key, const std::string& where, const std::string& why) {
  std::cerr << "note: " << key << where << " can't take effect: " << why << '\n';
}

bool has_initial_value(const recipe::Recipe& recipe, const std::string& key) {
  const recipe::Field& field = *recipe::find_field(key);
  return recipe::toml_value(recipe::value_of(field, recipe)) == recipe::toml_value(recipe::value_of(field, {}));
}

// A range test makes its steps with the optimizers' own momentum, whatever the schedule does in a training.
bool counts_in_range_test(const std::string& key) {
  return key == "optimizer.momentum" || key == "optimizer.muon.momentum";
}

// What the user sets must have an effect: silence would let a mistake pass for a result. To switch a key off that is
// switched off already is no mistake.
void refuse_idle(const recipe::Recipe& recipe, const recipe::Overrides& overrides, Purpose purpose) {
  for (const auto& [key, value] : overrides) {
    if (purpose == Purpose::range_test && counts_in_range_test(key)) continue;
    recipe::refuse_option_of_another(recipe, key, value);
    if (const std::string why = recipe::why_idle(recipe, key); !why.empty()) {
      if (!has_initial_value(recipe, key))
        throw core::UserError({.attempted = "set " + key + " to '" + value + "'",
                               .found = "it would have no effect: " + why,
                               .remedy = "leave it out"});
      warn(key, "", why);
    }
    if (const std::string why = recipe::why_too_short(recipe, key); !why.empty()) warn(key, "", why);
  }
}

bool sets(const recipe::Overrides& overrides, std::string_view key) {
  return std::ranges::any_of(overrides, [&](const auto& each) { return each.first == key; });
}

void apply_flip(recipe::Recipe& recipe, const std::string& flip, const recipe::Overrides& overrides) {
  recipe::set_flip(recipe, flip, /*views_too=*/!sets(overrides, "evaluation.views"));
  if (const std::string why = recipe::why_idle(recipe, "augment.policies"); !why.empty())
    throw core::UserError({.attempted = "set --flip to '" + flip + "'",
                           .found = "it would have no effect: " + why,
                           .remedy = "leave it out"});
}

// Whether the recipe is none of the program's own.
bool is_own_file(const std::string& name_or_path) {
  const std::filesystem::path folder = std::filesystem::absolute(recipe::find_recipe(name_or_path)).parent_path();
  std::error_code error;
  return !std::filesystem::equivalent(folder, recipe::recipe_folders().back(), error);
}

// A key in a file of the user's own is told of rather than refused: the file may be meant for several uses. The recipe
// of a run says every key, and the program's own recipes are as they are.
void tell_idle(const recipe::Recipe& recipe, const std::string& name_or_path) {
  if (!is_own_file(name_or_path)) return;
  std::error_code error;
  if (std::filesystem::exists(recipe::find_recipe(name_or_path).parent_path() / "environment.json", error)) return;
  for (const std::string& key : recipe::keys_in_file(name_or_path)) {
    const std::string where = " in " + core::printable(name_or_path);
    if (const std::string why = recipe::why_idle(recipe, key); !why.empty()) warn(key, where, why);
    if (const std::string why = recipe::why_too_short(recipe, key); !why.empty()) warn(key, where, why);
  }
}

}  // namespace

void add_picture_options(CLI::App& app, RecipeOptions& options) {
  const std::string group = "Pictures";
  const auto add = [&](const char* name, std::optional<std::string>& value, const char* meaning, const char* type) {
    return app.add_option(name, value, meaning)->type_name(type)->group(group);
  };
  add("--image-size", options.image_size, "to which pictures are brought: a side in pixels, or height x width",
      "N|HxW");
  add("--fit", options.fit, "how, at evaluation: crop (the middle), pad or stretch", "WAY");
  add("--labels", options.labels, "a file of paths and labels (path,label[,split,group]), in place of folders", "FILE");
  add("--columns", options.columns, "of that file: path=file,label=breed, or path=1,label=2 without a header",
      "COLUMNS");
  add("--delimiter", options.delimiter, "of that file: a character, tab, or space for runs of blanks", "CHAR");
  add("--split", options.split, "shares of train, validation and test, where nobody gives the splits", "A/B/C");
  app.add_flag_callback(
         "--split-exact", [&options] { options.split_exact = "true"; },
         "the shares hold within each class; one picture more can then move others")
      ->group(group);
  add("--splits", options.splits, "splits of an earlier run: its folder, or its splits.csv", "RUN|FILE");
  add("--group-by", options.group_by, "pictures of which the regular expression gives the same share a split", "REGEX");
  add("--damaged", options.damaged, "pictures that can be decoded in part: skip or use", "WAY");
}

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
  app.add_option("--balance", options->balance,
                 "data.balance: classes of unlike sizes count alike: none, sampling (drawn equally often) or loss")
      ->type_name("WAY")
      ->group(group);
  add_flip_option(app, *options);
  add_picture_options(app, *options);
  return options;
}

core::Words words_of(const RecipeOptions& options) {
  core::Words words;
  for (const std::string& text : options.set) words.insert(words.end(), {"--set", text});
  for (const ShortForm& each : short_forms)
    if (const auto& value = options.*each.value) words.insert(words.end(), {each.option, *value});
  if (options.split_exact) words.emplace_back("--split-exact");
  if (options.flip) words.insert(words.end(), {"--flip", *options.flip});
  return words;
}

void add_flip_option(CLI::App& app, RecipeOptions& options) {
  app.add_option("--flip", options.flip,
                 "how pictures are mirrored in training: none (digits, letters, hands), horizontal, both or dihedral")
      ->type_name("WAY")
      ->group("Recipe");
}

bool gives_epochs(const std::string& name_or_path, const RecipeOptions& options) {
  if (options.epochs) return true;
  for (const std::string& text : options.set)
    if (recipe::parse_override(text).first == "epochs") return true;
  const std::vector<std::string> keys = recipe::keys_in_file(name_or_path);
  return is_own_file(name_or_path) && std::ranges::find(keys, "epochs") != keys.end();
}

recipe::Recipe resolve_recipe(const std::string& name_or_path, const RecipeOptions& options, Purpose purpose) {
  recipe::Overrides overrides;
  for (const std::string& text : options.set) overrides.push_back(recipe::parse_override(text));
  for (const ShortForm& each : short_forms)
    if (const auto& value = options.*each.value) overrides.emplace_back(each.key, override_value(each, *value));
  if (options.split_exact) overrides.emplace_back("pictures.split_exact", *options.split_exact);
  recipe::Recipe recipe = recipe::load_recipe(name_or_path, overrides);
  refuse_idle(recipe, overrides, purpose);
  tell_idle(recipe, name_or_path);
  if (options.flip) apply_flip(recipe, *options.flip, overrides);
  if (options.lr) recipe::set_learning_rate(recipe, recipe::parse_learning_rate(*options.lr));
  return recipe;
}

}  // namespace reslab::cli
