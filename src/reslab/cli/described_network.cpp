#include "reslab/cli/described_network.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/nearest.h"
#include "reslab/models/network.h"
#include "reslab/recipe/model_fields.h"
#include "reslab/train/build.h"
#include "reslab/train/weights_file.h"

namespace reslab::cli {
namespace {

constexpr std::size_t largest_list = std::size_t{1} << 20;  // bytes of a file of names

bool lacks(const std::vector<std::string>& missing, const std::string& key) {
  return std::ranges::find(missing, key) != missing.end();
}

// What says something of a network that is trained already, and of how it is evaluated.
bool describes(const std::string& key) {
  return key.starts_with("model.") || key == "data.mean" || key == "data.std" || key.starts_with("evaluation.");
}

recipe::Overrides overrides_of(const DescriptionFlags& flags) {
  recipe::Overrides overrides;
  for (const std::string& text : flags.set) {
    overrides.push_back(recipe::parse_override(text));
    if (!describes(overrides.back().first))
      throw core::UserError({.attempted = "describe the network by --set " + text,
                             .found = "a key that says nothing of a network that is trained already",
                             .allowed = "model.…, data.mean, data.std, evaluation.…"});
  }
  if (!flags.model.empty()) overrides.emplace_back("model.name", flags.model);
  return overrides;
}

[[noreturn]] void refuse_option(const std::filesystem::path& path, const std::string& option) {
  throw core::UserError({.attempted = "describe the network in " + path.string() + " by " + option,
                         .found = "the file says that itself, in its metadata",
                         .remedy = "leave out " + option});
}

}  // namespace

void add_description_options(CLI::App& app, DescriptionFlags& flags, bool with_set) {
  const std::string group = "A file of weights that doesn't say what it holds";
  app.add_option("--recipe", flags.recipe, "by which it was trained: a name, or the path of a .toml file")
      ->type_name("NAME|FILE")
      ->group(group);
  app.add_option("--model", flags.model, core::join(models::names()) + "; left out, the recipe's")
      ->type_name("NAME")
      ->group(group);
  if (with_set)
    app.add_option("--set", flags.set,
                   "a key of the recipe that describes it: model.width=64, data.mean=[0.5, 0.5, 0.5]")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->group(group);
  app.add_option("--classes", flags.classes, "names by label, or a file with one a line; left out, the data set's")
      ->type_name("A,B,C|FILE")
      ->group(group);
}

void check_description(const DescriptionFlags& flags, const std::vector<std::string>& missing,
                       const std::filesystem::path& path) {
  const bool needs_model = lacks(missing, "reslab.model"), needs_classes = lacks(missing, "reslab.classes");
  if (!needs_model && !flags.model.empty()) refuse_option(path, "--model");
  if (!needs_classes && !flags.classes.empty()) refuse_option(path, "--classes");
  if (missing.empty() && !flags.recipe.empty()) refuse_option(path, "--recipe");
  for (const std::string& text : flags.set) {
    const std::string key = recipe::parse_override(text).first;
    // How it is looked at is no part of what a file of weights says.
    if (key.starts_with("evaluation."))
      throw core::UserError({.attempted = "evaluate " + path.string() + " by --set " + text,
                             .found = "an option of its own for that",
                             .remedy = "use --views and --views-share"});
    if (missing.empty() || (!needs_model && key.starts_with("model."))) refuse_option(path, "--set " + text);
  }
  if (!needs_model || !flags.recipe.empty() || !flags.model.empty()) return;
  throw core::UserError(
      {.attempted = "use the weights in " + path.string(),
       .found = "no metadata " + core::join(missing) + ": the file doesn't say which network it holds",
       .remedy =
           "name the recipe by which it was trained (--recipe NAME|FILE), or its model (--model " +
           core::join(models::names(), "|") +
           ") and, where they aren't the initial ones, its options (--set model.width=N, …; reslab recipe keys "
           "lists them). Mean and standard deviation are the recipe's (--set data.mean=[…] --set data.std=[…]), or "
           "else those of the training images; the classes are the data set's (--classes A,B,C|FILE for others)"});
}

std::optional<recipe::Recipe> described_recipe(const DescriptionFlags& flags) {
  const recipe::Overrides overrides = overrides_of(flags);
  if (flags.recipe.empty() && overrides.empty()) return std::nullopt;
  recipe::Recipe recipe = flags.recipe.empty() ? recipe::parse_recipe("", "the options", overrides)
                                               : recipe::load_recipe(flags.recipe, overrides);
  for (const auto& [key, value] : overrides) recipe::refuse_option_of_another(recipe, key, value);
  return recipe;
}

namespace {

serialization::Metadata metadata_of(const DescriptionFlags& flags, const recipe::Recipe& recipe,
                                    const data::DatasetInfo& info, const data::EvalTransform& transform) {
  train::NetworkDescription description = train::describe_network(recipe, info, transform, "fp32");
  if (!flags.classes.empty()) description.weights.classes = class_names(flags.classes);
  return serialization::to_metadata(description.weights);
}

}  // namespace

serialization::Metadata described_metadata(const DescriptionFlags& flags, const data::Split& train) {
  const recipe::Recipe recipe = described_recipe(flags).value_or(recipe::Recipe{});
  return metadata_of(flags, recipe, train.info(), train::build_transform(recipe, train));
}

serialization::Metadata described_metadata(const DescriptionFlags& flags, const data::DatasetInfo& info) {
  const recipe::Recipe recipe = described_recipe(flags).value_or(recipe::Recipe{});
  const auto channels = static_cast<std::size_t>(info.channels);
  const bool given = !recipe.data.mean.empty();
  return metadata_of(flags, recipe, info,
                     {.normalizer = {given ? recipe.data.mean : std::vector<double>(channels, 0),
                                     given ? recipe.data.std : std::vector<double>(channels, 1)}});
}

std::vector<std::string> class_names(const std::string& names_or_path) {
  std::error_code error;
  const bool file =
      std::filesystem::exists(names_or_path, error) && !std::filesystem::is_directory(names_or_path, error);
  std::istringstream text(file ? core::read_text(names_or_path, largest_list) : names_or_path);
  std::vector<std::string> names;
  const auto refuse = [&](const std::string& found) {
    throw core::UserError({.attempted = "use --classes " + names_or_path,
                           .found = found,
                           .allowed = "names by commas, or a file with one a line, in the order of the labels"});
  };
  for (std::string name; std::getline(text, name, file ? '\n' : ',');) {
    if (name.ends_with('\r')) name.pop_back();
    if (name.empty()) refuse("an empty name");
    if (std::ranges::find(names, name) != names.end()) refuse("the name '" + name + "' twice");
    names.push_back(name);
  }
  if (names.empty()) refuse("no name");
  return names;
}

}  // namespace reslab::cli
