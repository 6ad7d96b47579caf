// `reslab summary [RECIPE|RUN]`: the layers of a network, and what a batch costs in it.
#include "reslab/models/summary.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "reslab/cli/command.h"
#include "reslab/cli/data_options.h"
#include "reslab/cli/recipe_options.h"
#include "reslab/cli/summary_text.h"
#include "reslab/core/nearest.h"
#include "reslab/data/cifar10.h"
#include "reslab/nn/layer.h"
#include "reslab/track/run_folder.h"
#include "reslab/train/build.h"
#include "reslab/train/weights_file.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

struct Flags {
  std::string what, runs = "runs", precision = "fp32";
  std::optional<std::int64_t> batch_size;
  int depth = 99;
  bool plain = false, json = false;
  DataFlags data;
};

struct Subject {
  std::shared_ptr<models::Network> network;
  models::SummaryOptions options;  ///< image and batch
};

// A data set that is known by name needn't be fetched to know its images.
data::Dataset describe_data(const DataFlags& flags, const std::string& name) {
  if (flags.data.empty() && name == "cifar10")
    return {.name = name, .images = at::empty({0, 32, 32, 3}, at::kByte), .classes = data::cifar10_classes()};
  return open_dataset(flags, name).train;
}

Subject of_recipe(const train::Recipe& recipe, const DataFlags& flags) {
  const data::Dataset dataset = describe_data(flags, recipe.data.name);
  return {.network = train::build_network(recipe, dataset),
          .options = {.batch_size = recipe.data.batch_size,
                      .channels = dataset.images.size(3),
                      .height = dataset.images.size(1),
                      .width = dataset.images.size(2)}};
}

Subject of_weights(const std::filesystem::path& path, std::int64_t batch_size) {
  const train::LoadedNetwork loaded = train::load_network(path);
  const exchange::WeightsMetadata& weights = loaded.description.weights;
  return {
      .network = loaded.network,
      .options = {
          .batch_size = batch_size, .channels = weights.channels, .height = weights.height, .width = weights.width}};
}

Subject of_run(const track::RunFolder& run, const DataFlags& flags) {
  const train::Recipe recipe = train::load_recipe(run.recipe().string());
  std::error_code error;
  if (!std::filesystem::exists(run.weights(), error)) return of_recipe(recipe, flags);
  return of_weights(run.weights(), recipe.data.batch_size);
}

// A name may be a recipe's or a run's, so both are offered where it is neither.
Subject find_subject(const Flags& flags, const RecipeOptions& options) {
  if (flags.what.ends_with(".safetensors")) return of_weights(flags.what, models::SummaryOptions{}.batch_size);
  std::vector<std::string> recipes, names;
  for (const train::RecipeFile& recipe : train::list_recipes()) recipes.push_back(recipe.name);
  if (flags.what.ends_with(".toml") || std::ranges::find(recipes, flags.what) != recipes.end())
    return of_recipe(resolve_recipe(flags.what, options), flags.data);
  for (const track::RunFolder& run : track::list_runs(flags.runs)) names.push_back(run.name());
  const bool known = flags.what.empty() || flags.what.find('/') != std::string::npos ||
                     std::ranges::find(names, flags.what) != names.end() || std::filesystem::exists(flags.what);
  if (known) return of_run(track::find_run(flags.what, flags.runs), flags.data);
  names.insert(names.begin(), recipes.begin(), recipes.end());
  throw core::UserError({.attempted = "summarise '" + flags.what + "'",
                         .found = "no recipe and no run of that name",
                         .allowed = "a recipe (" + core::join(recipes) + "), or a run in " + flags.runs,
                         .remedy = core::did_you_mean(flags.what, names)});
}

ExitCode run(const Flags& flags, const RecipeOptions& recipe_options) {
  Subject subject = find_subject(flags, recipe_options);
  subject.options.batch_size = flags.batch_size.value_or(subject.options.batch_size);
  if (flags.precision == "bf16") subject.options.activation_bytes = 2;
  if (flags.plain) subject.options.batch_size = 1, subject.options.activation_bytes = 4;
  const models::Summary summary = models::summarise(*subject.network, subject.options);
  std::cout << (flags.json    ? summary_json(summary)
                : flags.plain ? summary_plain(summary)
                              : summary_tree(summary, flags.depth));
  return ExitCode::ok;
}

}  // namespace

Action prepare_summary(CLI::App& app) {
  const auto flags = std::make_shared<Flags>();
  app.add_option("what", flags->what, "a recipe, a run, or a .safetensors file; left out, the newest run")
      ->type_name("RECIPE|RUN");
  app.add_option("--batch", flags->batch_size, "samples in the batch (default: the recipe's)")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  app.add_option("--precision", flags->precision, "of the activations, for their memory")
      ->check(CLI::IsMember({"fp32", "bf16"}))
      ->capture_default_str();
  app.add_option("--depth", flags->depth, "levels of the tree that are shown")
      ->check(CLI::Range(1, 99))
      ->type_name("N");
  auto* plain = app.add_flag("--plain", flags->plain, "torchsummary's table");
  app.add_flag("--json", flags->json, "for programs")->excludes(plain);
  app.add_option("--runs-dir", flags->runs, "folder of the runs")->type_name("DIR")->capture_default_str();
  const auto recipe_options = add_recipe_options(app);
  add_data_options(app, flags->data);
  return [flags, recipe_options] { return run(*flags, *recipe_options); };
}

}  // namespace reslab::cli
