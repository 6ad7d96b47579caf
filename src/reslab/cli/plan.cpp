// What `train --dry-run` prints.
#include <iostream>

#include "reslab/cli/estimate.h"
#include "reslab/cli/opened_data.h"
#include "reslab/cli/run_asked.h"
#include "reslab/cli/small_sets.h"
#include "reslab/cli/training.h"
#include "reslab/core/command.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"

namespace reslab::cli {
namespace {

using core::counted;
using core::ExitCode;

void print_head(const recipe::Recipe& recipe) {
  std::cout << "recipe     " << recipe.name << " (hash " << recipe::recipe_hash(recipe).substr(0, 12) << "…), seed "
            << recipe.seed << '\n';
}

void print_end(const RunAsked& asked, const TrainingFlags& flags, const train::TimedData& data) {
  std::cout << "compute    " << train::describe(identity_of(asked.recipe, asked.compute)) << '\n';
  if (const auto known = estimate(asked.recipe, data, asked.compute)) std::cout << "time       " << known->text << '\n';
  std::cout << "runs in    " << core::printable(flags.runs) << "\nNo run was made (--dry-run).\n";
}

// A plan downloads nothing, so what depends on the data stays out of it.
ExitCode print_without_data(const RunAsked& asked, const TrainingFlags& flags) {
  const recipe::Recipe& recipe = asked.recipe;
  const std::string& needed = flags.data.data.empty() ? recipe.data.name : flags.data.data;
  const core::Words place = words_of(DataFlags{.cache_dir = flags.data.cache_dir});
  print_head(recipe);
  std::cout << "data       " << recipe.data.name << ": not here yet; the training would fetch it ("
            << core::command(core::joined({{"data", "fetch", recipe.data.name}, place})) << ")\ntraining   "
            << counted(recipe.epochs, "epoch") << ", batches of " << recipe.data.batch_size << '\n';
  print_end(asked, flags, timed_data(*fetch::find_dataset(needed)));
  return ExitCode::ok;
}

}  // namespace

ExitCode print_plan(const recipe::Recipe& wanted, const TrainingFlags& flags, const std::string& name) {
  RunAsked asked = settle(wanted, flags, name);
  const recipe::Recipe& recipe = asked.recipe;
  if (needs_fetching(flags.data, recipe.data.name)) return print_without_data(asked, flags);
  const OpenedData data = open_data(
      flags.data, recipe, {.splits_text = flags.splits, .quiet = flags.quiet, .silent = flags.splits != nullptr});
  if (flags.splits == nullptr)  // else it is fitted to all folds together
    asked.recipe = fitted_to(data, recipe, {.epochs_given = flags.epochs_given, .quiet = flags.quiet});
  const data::Splits& splits = data.splits;
  const auto trainer = make_trainer(asked, splits, flags);
  std::int64_t parameters = 0;
  for (const at::Tensor& parameter : trainer->network().parameters()) parameters += parameter.numel();
  print_head(recipe);
  std::cout << "data       " << splits.train.name << ": " << counted(trainer->train_samples(), "sample")
            << " to train on, " << (splits.validation ? splits.validation->size() : recipe.data.holdout)
            << " held out, " << splits.test.size() << " to test\nnetwork    " << recipe.model.name << ", "
            << counted(parameters, "parameter") << "\ntraining   " << counted(recipe.epochs, "epoch") << " × "
            << counted(trainer->batches_per_epoch(), "batch") << " of " << recipe.data.batch_size << " = "
            << counted(trainer->total_steps(), "step") << '\n';
  print_end(asked, flags, timed_data(splits, trainer->transform()));
  return ExitCode::ok;
}

}  // namespace reslab::cli
