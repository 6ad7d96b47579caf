// `reslab train [RECIPE]`.
#include <CLI/CLI.hpp>
#include <iostream>

#include "reslab/cli/command.h"
#include "reslab/cli/find_lr.h"
#include "reslab/cli/folds.h"
#include "reslab/cli/opened_data.h"
#include "reslab/cli/recipe_options.h"
#include "reslab/cli/repeats.h"
#include "reslab/cli/text_chart.h"
#include "reslab/cli/training.h"
#include "reslab/cli/validators.h"
#include "reslab/core/printable.h"
#include "reslab/pictures/folded.h"
#include "reslab/recipe/flips.h"
#include "reslab/recipe/learning_rate.h"

namespace reslab::cli {
namespace {

struct TrainFlags {
  std::string recipe;  ///< "": by the data
  std::string name, lr_from;
  std::int64_t repeats = 0;
  int folds = 0;
  bool dry_run = false, fast_dev_run = false;
  TrainingFlags training;
};

// Two batches of everything: whether a recipe runs from end to end.
recipe::Recipe shortened(recipe::Recipe recipe) {
  recipe.epochs = 1;
  recipe.data.limit_batches = 2;
  recipe.data.overfit_batches = 0;
  recipe::check_recipe(recipe);
  return recipe;
}

// Said, since the value isn't on the command line.
void take_lr(recipe::Recipe& recipe, const TrainFlags& flags) {
  const FoundLr found = find_lr_choice(flags.lr_from, flags.training.runs);
  const train::LrChoice& choice = found.choice;
  recipe::set_learning_rate(recipe, choice.lr);
  // Said in any case: the training may come out badly for no other reason.
  if (const std::string other = found_for_another(found, with_data(recipe, flags.training.data)); !other.empty())
    std::cerr << "warning: " << core::printable(other) << '\n';
  if (flags.training.quiet) return;
  std::cerr << "learning rate " << short_number(choice.lr) << " from " << core::printable(flags.lr_from);
  if (!choice.rule.empty())
    std::cerr << core::printable(" (" + choice.rule + ", curve " + choice.verdict + ", recipe " + choice.recipe + ")");
  std::cerr << '\n';
}

// Which mirroring is the recipe's, and nobody has asked for: it is wrong for some pictures, and nothing else would
// tell.
void say_mirroring(const recipe::Recipe& recipe, const TrainingFlags& flags) {
  const std::string& name = flags.data.data.empty() ? recipe.data.name : flags.data.data;
  const std::string where = recipe::where_it_mirrors(recipe);
  if (flags.quiet || where.empty() || !is_of_pictures(name, !recipe.pictures.labels.empty())) return;
  std::cerr << "note: the recipe " << core::printable(recipe.name) << " mirrors pictures " << where
            << "; where that changes what a picture shows (digits, letters, left and right hands), add --flip none\n";
}

}  // namespace

Action prepare_train(CLI::App& app) {
  const auto flags = std::make_shared<TrainFlags>();
  app.add_option("recipe", flags->recipe, "name or .toml file (see: reslab recipe list)")
      ->default_str(std::string(default_recipe) + ", or photos for picture files");
  const auto recipe_options = add_recipe_options(app);
  app.add_option("--lr-from", flags->lr_from,
                 "the learning rate that find-lr recommended: its run, or its find-lr.toml")
      ->type_name("RUN|FILE")
      ->excludes("--lr")
      ->group("Recipe");
  add_training_options(app, flags->training);
  app.add_option("--name", flags->name, "name of the run's folder; left out, time and recipe")
      ->check(not_empty())
      ->group("Run");
  app.add_option("--repeats", flags->repeats,
                 "train with the seeds 1 to N and say mean and 95 % interval; goes on after an interruption when the "
                 "same --name is given")
      ->type_name("N")
      ->check(CLI::Range(1, 10000))
      ->group("Run");
  app.add_option(
         "--folds", flags->folds,
         "cross-validation of a few pictures: train K times, so that each picture is predicted once by a network "
         "that didn't train on it; goes on after an interruption when the same --name is given")
      ->type_name("K")
      ->check(CLI::Range(pictures::fewest_folds, pictures::most_folds))
      ->excludes("--repeats")
      ->group("Run");
  app.add_flag("--dry-run", flags->dry_run, "print the plan; train and write nothing")->group("Run");
  app.add_flag("--fast-dev-run", flags->fast_dev_run, "one epoch of two batches, to see whether everything works")
      ->excludes("--epochs")
      ->excludes("--limit-batches")
      ->excludes("--overfit-batches")
      ->group("Run");
  app.get_option("--repeats")->excludes("--seed");
  return [flags, recipe_options] {
    if (flags->recipe.empty())
      flags->recipe = recipe_for_data(flags->training.data, recipe_options->labels.has_value(), flags->training.quiet);
    recipe::Recipe recipe = resolve_recipe(flags->recipe, *recipe_options);
    if (!flags->lr_from.empty()) take_lr(recipe, *flags);
    if (!recipe_options->flip) say_mirroring(recipe, flags->training);
    flags->training.epochs_given = gives_epochs(flags->recipe, *recipe_options);
    if (flags->fast_dev_run) recipe = shortened(std::move(recipe));
    if (flags->repeats > 0) return run_repeats(recipe, flags->training, flags->name, flags->repeats, flags->dry_run);
    if (flags->folds > 0) return run_folds(recipe, flags->training, flags->name, flags->folds, flags->dry_run);
    if (flags->dry_run) return print_plan(recipe, flags->training, flags->name);
    return start_run(recipe, flags->training, flags->name);
  };
}

}  // namespace reslab::cli
