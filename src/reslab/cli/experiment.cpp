// `reslab experiment [RECIPE]`: the original's experiment in one go. Each step is the subcommand of its name.
#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>

#include "reslab/cli/command.h"
#include "reslab/cli/program.h"
#include "reslab/cli/validators.h"
#include "reslab/core/command.h"
#include "reslab/core/file.h"
#include "reslab/core/nearest.h"
#include "reslab/fetch/datasets.h"
#include "reslab/track/run_folder.h"

namespace reslab::cli {
namespace {

using core::ExitCode;
using Words = std::vector<std::string>;

struct ExperimentFlags {
  std::string recipe = "original", name, runs = "runs", data, cache_dir, device, precision, threads;
  std::string epochs, batch_size, seed, limit_batches;
  Words set;
  bool use_found_lr = false, fast_dev_run = false;
};

void add(Words& words, const std::string& option, const std::string& value) {
  if (value.empty()) return;
  for (const std::string& word : core::option(option, value)) words.push_back(word);
}

// What every step is told of the recipe.
Words recipe_words(const ExperimentFlags& flags) {
  Words words;
  for (const std::string& assignment : flags.set) add(words, "--set", assignment);
  add(words, "--epochs", flags.epochs);
  add(words, "--batch-size", flags.batch_size);
  add(words, "--seed", flags.seed);
  add(words, "--limit-batches", flags.limit_batches);
  return words;
}

// And of data and machine.
Words place_words(const ExperimentFlags& flags) {
  Words words = core::option("--runs-dir", flags.runs);
  add(words, "--data", flags.data);
  add(words, "--cache-dir", flags.cache_dir);
  add(words, "--device", flags.device);
  add(words, "--precision", flags.precision);
  add(words, "--threads", flags.threads);
  return words;
}

ExitCode step(const std::string& title, Words words, std::initializer_list<Words> more) {
  for (const Words& part : more) words.insert(words.end(), part.begin(), part.end());
  std::cout << "\n== " << title << ": " << core::command(words) << std::endl;
  return run_subcommand(words);
}

// How the training is told of the rate that the step before it found, whose run is `folder`; nothing where it can't be.
std::optional<Words> found_lr(const ExperimentFlags& flags, ExitCode found, const std::filesystem::path& folder) {
  if (!flags.use_found_lr) return Words();
  if (found == ExitCode::ok) return core::option("--lr-from", folder.string());
  // A try of so few steps shows the other steps all the same.
  std::cerr << "no learning rate was found to train with; "
            << (flags.fast_dev_run ? "this try takes the recipe's own\n"
                                   : "without --use-found-lr the recipe's own is taken\n");
  return flags.fast_dev_run ? std::optional(Words()) : std::nullopt;
}

bool goes_on(ExitCode code) { return code == ExitCode::ok || code == ExitCode::some_inputs_skipped; }

ExitCode run(const ExperimentFlags& flags) {
  // The folders are made by the steps; their names are settled here, so that each finds what the one before it left.
  const std::string name =
      flags.name.empty() ? track::free_name({.runs = flags.runs, .recipe = flags.recipe}) : flags.name;
  const std::string lr_name = name + "-find-lr";
  const Words recipe = recipe_words(flags), place = place_words(flags);

  Words network{"summary", flags.recipe, "--plain"};
  add(network, "--data", flags.data);
  add(network, "--cache-dir", flags.cache_dir);
  ExitCode code = step("the network", network, {recipe});
  if (!goes_on(code)) return code;
  Words find{"find-lr", flags.recipe, "--name", lr_name};
  if (flags.recipe == "original") add(find, "--preset", "original");
  if (flags.fast_dev_run) add(find, "--limit-batches", "2");
  code = step("the learning rate", find, {recipe, place});
  if (!goes_on(code)) return code;
  Words train{"train", flags.recipe, "--name", name};
  if (flags.fast_dev_run) train.emplace_back("--fast-dev-run");
  const auto with_lr = found_lr(flags, code, std::filesystem::path(flags.runs) / lr_name);
  if (!with_lr) return code;
  code = step("training, pictures and report", train, {*with_lr, recipe, place});
  if (!goes_on(code)) return code;
  const std::string folder = (std::filesystem::path(flags.runs) / name).string();
  return step("evaluation", {"evaluate", folder}, {place});
}

}  // namespace

Action prepare_experiment(CLI::App& app) {
  const auto flags = std::make_shared<ExperimentFlags>();
  app.add_option("recipe", flags->recipe, "name or .toml file (see: reslab recipe list)")->capture_default_str();
  app.add_flag("--use-found-lr", flags->use_found_lr,
               "train with the learning rate that find-lr recommends, not the recipe's");
  app.add_flag("--fast-dev-run", flags->fast_dev_run,
               "every step with two batches of one epoch, to see whether everything works");
  app.add_option("--name", flags->name, "name of the run's folder; left out, time and recipe")->check(not_empty());
  app.add_option("--runs-dir", flags->runs, "folder of the runs")->type_name("DIR")->capture_default_str();
  app.add_option("--data", flags->data,
                 "a data set by name (" + core::join(fetch::dataset_names()) + "), or a folder that holds one")
      ->type_name("NAME|DIR");
  app.add_option("--cache-dir", flags->cache_dir, "where downloaded data is kept")->type_name("DIR");
  app.add_option("--set", flags->set, "set a key of the recipe (repeatable; keys: reslab recipe keys)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--epochs", flags->epochs, "epochs")->type_name("N")->excludes("--fast-dev-run");
  app.add_option("--batch-size", flags->batch_size, "data.batch_size")->type_name("N");
  app.add_option("--seed", flags->seed, "seed")->type_name("N");
  app.add_option("--limit-batches", flags->limit_batches, "only the first N batches of an epoch and an evaluation")
      ->type_name("N")
      ->excludes("--fast-dev-run");
  app.add_option("--device", flags->device, "auto, cpu or cuda");
  app.add_option("--precision", flags->precision, "auto, fp32 or bf16");
  app.add_option("--threads", flags->threads, "threads; 0 for what affinity and the control group allow");
  return [flags] { return run(*flags); };
}

}  // namespace reslab::cli
