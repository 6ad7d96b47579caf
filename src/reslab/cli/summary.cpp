// `reslab summary [RECIPE|RUN]`: the layers of a network, and what a batch costs in it.
#include "reslab/models/summary.h"

#include <ATen/ops/empty.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <utility>

#include "reslab/cli/command.h"
#include "reslab/cli/data_options.h"
#include "reslab/cli/described_network.h"
#include "reslab/cli/ledger_text.h"
#include "reslab/cli/opened_data.h"
#include "reslab/cli/recipe_options.h"
#include "reslab/cli/summary_text.h"
#include "reslab/core/nearest.h"
#include "reslab/fetch/datasets.h"
#include "reslab/nn/layer.h"
#include "reslab/track/run_folder.h"
#include "reslab/train/build.h"
#include "reslab/train/compute.h"
#include "reslab/train/flop_ledger.h"
#include "reslab/train/weights_file.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

struct SummaryFlags {
  std::string what, runs = "runs", precision = "fp32";
  std::optional<std::int64_t> batch_size;
  int depth = 99;
  bool plain = false, json = false, flops = false;
  DataFlags data;
  DescriptionFlags description;  ///< without --set, which is the recipe's
};

struct Subject {
  std::shared_ptr<models::Network> network;
  models::SummaryOptions options;                    ///< image and batch
  std::optional<recipe::Recipe> recipe = {};         ///< unknown of a weights file alone
  std::int64_t train_samples = 0, test_samples = 0;  ///< of the recipe's data set
};

Subject of_images(const recipe::Recipe& recipe, const data::DatasetInfo& info) {
  const augment::Size size = train::network_size(recipe, info);
  return {.network = train::build_network(recipe, info),
          .options = {.batch_size = recipe.data.batch_size,
                      .channels = info.channels,
                      .height = size.height,
                      .width = size.width},
          .recipe = recipe};
}

// A data set that is known by name needn't be fetched to know its images; nullptr for another.
const fetch::NamedDataset* known_dataset(const recipe::Recipe& recipe, const DataFlags& flags) {
  return flags.data.empty() ? fetch::find_dataset(recipe.data.name) : nullptr;
}

Subject of_recipe(const recipe::Recipe& recipe, const DataFlags& flags) {
  if (const fetch::NamedDataset* const known = known_dataset(recipe, flags)) {
    Subject subject = of_images(recipe, known->info);
    subject.train_samples = known->train_samples;
    subject.test_samples = known->test_samples;
    return subject;
  }
  const data::Splits splits = open_data(flags, recipe).splits;
  Subject subject = of_images(recipe, splits.info());
  subject.train_samples = splits.train.size();
  subject.test_samples = splits.test.size();
  return subject;
}

Subject of_weights(const std::filesystem::path& path, std::int64_t batch_size,
                   const serialization::Metadata& otherwise = {}) {
  const train::LoadedNetwork loaded = train::load_network(path, otherwise);
  const serialization::WeightsMetadata& weights = loaded.description.weights;
  return {
      .network = loaded.network,
      .options = {
          .batch_size = batch_size, .channels = weights.channels, .height = weights.height, .width = weights.width}};
}

Subject of_run(const track::RunFolder& run, const DataFlags& flags, bool all_of_training) {
  const recipe::Recipe recipe = recipe::load_recipe(run.recipe().string());
  std::error_code error;
  // What a training costs is the recipe's, weights or not.
  if (all_of_training || !std::filesystem::exists(run.weights(), error)) return of_recipe(recipe, flags);
  return of_weights(run.weights(), recipe.data.batch_size);
}

[[noreturn]] void refuse_options(const std::string& what, const core::Words& options, const std::string& found) {
  throw core::UserError({.attempted = "summarise " + what + " with " + core::join(options, " "),
                         .found = found,
                         .remedy = "leave them out"});
}

// Where the file doesn't say what it holds, the options do, as they do to `evaluate`.
Subject of_file(const SummaryFlags& flags, RecipeOptions options) {
  DescriptionFlags description = flags.description;
  description.set = std::exchange(options.set, {});
  if (const core::Words others = words_of(options); !others.empty() || options.lr)
    refuse_options(flags.what, others.empty() ? core::Words{"--lr"} : others, "options that say nothing of its layers");
  for (const std::string& text : description.set)
    if (recipe::parse_override(text).first.starts_with("evaluation."))
      refuse_options(flags.what, {"--set", text}, "a key that says nothing of its layers");
  const std::vector<std::string> missing = train::missing_description(flags.what);
  check_description(description, missing, flags.what);
  const recipe::Recipe recipe = described_recipe(description).value_or(recipe::Recipe{});
  const std::int64_t batch_size = description.recipe.empty() ? 1 : recipe.data.batch_size;
  if (missing.empty()) return of_weights(flags.what, batch_size);
  if (const fetch::NamedDataset* const known = known_dataset(recipe, flags.data))
    return of_weights(flags.what, batch_size, described_metadata(description, known->info));
  return of_weights(flags.what, batch_size,
                    described_metadata(description, open_data(flags.data, recipe).splits.train));
}

// A name may be a recipe's or a run's, so both are offered where it is neither.
Subject find_subject(const SummaryFlags& flags, const RecipeOptions& options) {
  if (flags.what.ends_with(".safetensors")) return of_file(flags, options);
  if (flags.description.given())
    throw core::UserError({.attempted = "describe the network by --recipe, --model or --classes",
                           .found = "a recipe or a run, which say themselves what it is",
                           .allowed = "these options for a .safetensors file that doesn't say it",
                           .remedy = "leave them out"});
  std::vector<std::string> recipes, names;
  for (const recipe::RecipeFile& recipe : recipe::list_recipes()) recipes.push_back(recipe.name);
  if (flags.what.ends_with(".toml") || std::ranges::find(recipes, flags.what) != recipes.end())
    return of_recipe(resolve_recipe(flags.what, options), flags.data);
  for (const track::RunFolder& run : track::list_runs(flags.runs)) names.push_back(run.name());
  const bool known = flags.what.empty() || flags.what.find('/') != std::string::npos ||
                     std::ranges::find(names, flags.what) != names.end() || std::filesystem::exists(flags.what);
  if (known) return of_run(track::find_run(flags.what, flags.runs), flags.data, flags.flops);
  names.insert(names.begin(), recipes.begin(), recipes.end());
  throw core::UserError({.attempted = "summarise '" + flags.what + "'",
                         .found = "no recipe and no run of that name",
                         .allowed = "a recipe (" + core::join(recipes) + "), or a run in " + flags.runs,
                         .remedy = core::did_you_mean(flags.what, names)});
}

ExitCode print_ledger(const Subject& subject, const SummaryFlags& flags) {
  if (!subject.recipe)
    throw core::UserError({.attempted = "count the operations of training '" + flags.what + "'",
                           .found = "a file of weights, which doesn't say how they were trained",
                           .allowed = "a recipe, or a run"});
  const train::FlopLedger ledger = train::flop_ledger(*subject.recipe, *subject.network,
                                                      {.channels = subject.options.channels,
                                                       .height = subject.options.height,
                                                       .width = subject.options.width,
                                                       .train = subject.train_samples,
                                                       .test = subject.test_samples});
  std::cout << (flags.json ? ledger_json(*subject.recipe, ledger) : ledger_text(*subject.recipe, ledger));
  return ExitCode::ok;
}

ExitCode run(const SummaryFlags& flags, const RecipeOptions& recipe_options) {
  train::check_precision(flags.precision, {"fp32", "bf16"});
  Subject subject = find_subject(flags, recipe_options);
  if (flags.flops) return print_ledger(subject, flags);
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
  const auto flags = std::make_shared<SummaryFlags>();
  app.add_option("what", flags->what, "a recipe, a run, or a .safetensors file; left out, the newest run")
      ->type_name("RECIPE|RUN|FILE");
  app.add_option("--batch", flags->batch_size, "samples in the batch (default: the recipe's)")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  app.add_option("--precision", flags->precision, "of the activations, for their memory")
      ->type_name("fp32|bf16")
      ->capture_default_str();
  app.add_option("--depth", flags->depth, "levels of the tree that are shown")
      ->check(CLI::Range(1, 99))
      ->type_name("N");
  auto* plain = app.add_flag("--plain", flags->plain, "torchsummary's table");
  app.add_flag("--json", flags->json, "for programs")->excludes(plain);
  app.add_flag("--flops", flags->flops, "the ledger of what training it takes, in floating-point operations")
      ->excludes(plain);
  app.add_option("--runs-dir", flags->runs, "folder of the runs")->type_name("DIR")->capture_default_str();
  const auto recipe_options = add_recipe_options(app);
  add_data_options(app, flags->data);
  add_description_options(app, flags->description, /*with_set=*/false);
  return [flags, recipe_options] { return run(*flags, *recipe_options); };
}

}  // namespace reslab::cli
