// `reslab extend RUN --epochs N`: more epochs for a run, in a new one; the old one stays as it is.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "reslab/cli/command.h"
#include "reslab/cli/opened_data.h"
#include "reslab/cli/run_asked.h"
#include "reslab/cli/table.h"
#include "reslab/cli/text_chart.h"
#include "reslab/cli/training.h"
#include "reslab/cli/validators.h"
#include "reslab/core/command.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"
#include "reslab/data/fingerprint.h"
#include "reslab/train/checkpoint.h"
#include "reslab/train/trainer.h"
#include "reslab/train/weights_file.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

struct ExtendFlags {
  std::string run, name;
  std::int64_t epochs = 0;
  bool dry_run = false;
  TrainingFlags training;
};

[[noreturn]] void refuse(const track::RunFolder& run, const std::string& found, const std::string& allowed,
                         const std::string& remedy) {
  throw core::UserError(
      {.attempted = "extend " + run.path.string(), .found = found, .allowed = allowed, .remedy = remedy});
}

// Where the run stands: "epoch 8 of 8", "epoch 3 of 8, batch 40".
std::string text_of(const train::Resumed& at, std::int64_t epochs) {
  return core::concatenate("epoch ", at.epoch, " of ", epochs,
                           at.batch > 0 ? core::concatenate(", batch ", at.batch) : "");
}

// Both schedules by epoch, and what the next step's learning rate becomes.
void print_schedules(const recipe::Recipe& old, const recipe::Recipe& recipe, const train::Resumed& at,
                     std::int64_t steps_per_epoch) {
  const auto before = recipe::make_schedule(old, old.epochs * steps_per_epoch);
  const auto after = recipe::make_schedule(recipe, recipe.epochs * steps_per_epoch);
  const auto lr_before = [&](std::int64_t step) {
    return step < before->total_steps() ? short_number(before->at(step).lr) : std::string("-");
  };
  const std::int64_t next =
      at.epoch * steps_per_epoch + (at.batch + recipe.optimizer.accumulate - 1) / recipe.optimizer.accumulate;
  const std::int64_t next_epoch = next / steps_per_epoch;
  constexpr std::int64_t most_rows = 16;
  const std::int64_t stride = (recipe.epochs + most_rows - 1) / most_rows;
  std::vector<Cells> rows{{"epoch", "lr as it was", "lr rescaled"}};
  for (std::int64_t epoch = 0; epoch < recipe.epochs; ++epoch)
    if (epoch % stride == 0 || epoch == next_epoch || epoch + 1 == recipe.epochs)
      rows.push_back({core::concatenate(epoch + 1, epoch == next_epoch ? " *" : ""), lr_before(epoch * steps_per_epoch),
                      short_number(after->at(epoch * steps_per_epoch).lr)});
  std::cout << "schedule " << recipe.schedule.name << ", " << old.epochs << " → " << recipe.epochs << " epochs of "
            << core::counted(steps_per_epoch, "step") << "; learning rate of each epoch's first step (* the next):\n\n"
            << aligned(rows, 1) << '\n';
  const double last = before->at(std::max<std::int64_t>(std::min(next, before->total_steps()) - 1, 0)).lr;
  const double coming = after->at(next).lr;
  std::cout << "the step before had " << short_number(last) << ", the next has " << short_number(coming);
  if (coming > 1.5 * last) std::cout << ": a part of what was learned at low rates is unlearned first";
  std::cout
      << ".\nWhat is behind was trained on the old schedule, so this isn't what " << recipe.epochs
      << " epochs from the start would give.\nWhat the recipe counts from its start (warm-up, milestones, start of "
         "averages, sides of images) stays at its epoch; what it counts from its end (tail, last epochs of "
         "averages and of frozen layers) moves with it.\n";
}

void copy_if_there(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (std::error_code error; std::filesystem::exists(from, error)) core::copy_file(from, to);
}

// Weights of an epoch that lies behind. Of one that comes after the checkpoint, the old schedule's, they stay where
// they are: the new run never had it.
void copy_weights(const std::filesystem::path& from, const std::filesystem::path& to, std::int64_t epochs) {
  if (std::error_code error; !std::filesystem::exists(from, error)) return;
  const train::NetworkDescription description = train::read_description(from);
  if (description.epochs <= epochs)
    core::copy_file(from, to);
  else
    std::cerr << core::printable(from.string()) << " is of epoch " << description.epochs
              << ", after the checkpoint: left out\n";
}

// All that a run has behind it, in a folder of its own. The record comes last: before it, the folder is no run.
void write_run(const track::RunFolder& old, const track::RunFolder& run, const recipe::Recipe& recipe,
               train::Trainer& trainer, const train::CheckpointIdentity& identity,
               const std::vector<train::LogMark>& logs, const track::RunFacts& facts) {
  core::make_directories(run.checkpoint());
  core::write_file(run.recipe(), recipe::to_toml(recipe));
  for (const auto place :
       {&track::RunFolder::metrics, &track::RunFolder::epochs, &track::RunFolder::log, &track::RunFolder::splits})
    copy_if_there((old.*place)(), (run.*place)());
  const train::TrainerState state = trainer.state();
  for (const auto place : {&track::RunFolder::weights, &track::RunFolder::best})
    copy_weights((old.*place)(), (run.*place)(), state.epoch);
  train::write_checkpoint(
      train::checkpoint_path(run.checkpoint(), {.epoch = state.epoch, .batch = state.progress.batches}), state,
      identity, logs);
  track::write_environment(run.environment(), facts);
}

// Nobody trains there meanwhile. In an archive that can't be written nobody can.
std::unique_ptr<core::FileLock> lock_where_possible(const track::RunFolder& run) {
  return ::access(run.path.c_str(), W_OK) == 0 ? lock_run(run) : nullptr;
}

track::RunFolder make_run(const ExtendFlags& flags, const track::RunFolder& old, const recipe::Recipe& recipe,
                          train::Trainer& trainer, track::RunFacts facts, const train::CheckpointIdentity& identity,
                          const std::vector<train::LogMark>& logs) {
  track::RunFolder run = track::create_run({.runs = flags.training.runs, .recipe = recipe.name, .name = flags.name});
  const auto held = lock_run(run);
  facts.extends = core::printable(old.name());
  try {
    write_run(old, run, recipe, trainer, identity, logs, facts);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(run.path, ignored);
    throw;
  }
  return run;
}

// The command that trains the run's recipe from the start for as many epochs.
std::string train_anew(const ExtendFlags& flags, const track::RunFolder& run, const core::Words& more) {
  return core::command(core::joined({{"train", run.recipe().string(), "--epochs", std::to_string(flags.epochs)},
                                     more,
                                     track::runs_option(flags.training.runs),
                                     words_of(flags.training)}));
}

ExitCode extend(const ExtendFlags& flags) {
  const track::RunFolder old = track::find_run(flags.run, flags.training.runs);
  const recipe::Recipe old_recipe = recipe::load_recipe(old.recipe().string());
  if (flags.epochs <= old_recipe.epochs)
    refuse(old, core::concatenate("--epochs ", flags.epochs, ", and its recipe has ", old_recipe.epochs, " already"),
           core::concatenate("more than ", old_recipe.epochs),
           "to go on with it as it was begun: " +
               core::command(core::joined({{"resume", old.path.string()}, words_of(flags.training)})));
  const recipe::Recipe recipe = recipe::load_recipe(old.recipe().string(), {{"epochs", std::to_string(flags.epochs)}});
  check_new_run(flags.training, recipe.name, flags.name);
  track::RunFolder run;
  {
    const auto held = lock_where_possible(old);
    if (flags.dry_run && needs_fetching(flags.training.data, recipe.data.name)) {
      const std::string data = flags.training.data.data.empty() ? recipe.data.name : flags.training.data.data;
      refuse(old, "its data set " + data + " isn't here, and a dry run fetches nothing", "",
             core::command(core::joined(
                 {{"data", "fetch", data}, words_of(DataFlags{.cache_dir = flags.training.data.cache_dir})})));
    }
    const train::Compute compute = train::resolve_compute(as_begun(flags.training.compute, old));
    const OpenedData data = open_data(flags.training.data, recipe, use_of(old));
    const data::Splits& splits = data.splits;
    train::Trainer trainer(recipe, splits, {.compute = compute});
    const train::CheckpointIdentity before = identity_of(old_recipe, compute, data::fingerprint(splits));
    const train::Resumed at = train::restore_newest(old.checkpoint(), trainer, before);
    if (at.path.empty())
      refuse(old, "it has no checkpoint to go on from", "", "train it anew: " + train_anew(flags, old, {}));
    check_logs(at, old);
    say_what_differs(at, old, before);
    if (trainer.is_complete())
      refuse(old, "its patience ended it after " + text_of(at, old_recipe.epochs), "",
             "train with more patience: " + train_anew(flags, old, {"--set", "early_stopping.patience=0"}));
    std::cout << core::printable(old.path.string()) << " stands after " << text_of(at, old_recipe.epochs) << '\n';
    print_schedules(old_recipe, recipe, at, trainer.steps_per_epoch());
    if (flags.dry_run) {
      std::cout << "No run was made (--dry-run).\n";
      return ExitCode::ok;
    }
    std::cout << std::flush;
    run = make_run(flags, old, recipe, trainer, facts_of(recipe, compute, splits),
                   identity_of(recipe, compute, before.data), at.logs);
  }
  return resume_run(run, flags.training);
}

}  // namespace

Action prepare_extend(CLI::App& app) {
  const auto flags = std::make_shared<ExtendFlags>();
  app.add_option("run", flags->run, "path or name; left out, the newest run");
  app.add_option("--epochs", flags->epochs, "how many in all: more than the run's recipe has")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000))
      ->required();
  app.add_option("--name", flags->name, "name of the new run's folder; left out, time and recipe")
      ->check(not_empty())
      ->group("Run");
  app.add_flag("--dry-run", flags->dry_run, "show how the schedule is rescaled; train and write nothing")->group("Run");
  add_training_options(app, flags->training);
  return [flags] { return extend(*flags); };
}

}  // namespace reslab::cli
