// What `train` and `resume` share: a run folder, its observers, the training, and what is said at the end.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "reslab/cli/data_options.h"
#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/recipe/recipe.h"
#include "reslab/track/environment.h"
#include "reslab/track/progress.h"
#include "reslab/track/run_folder.h"
#include "reslab/train/checkpoint.h"
#include "reslab/train/compute.h"
#include "reslab/train/events.h"

namespace reslab::cli {

/// How a training is watched and limited, whatever it trains.
struct TrainingFlags {
  train::ComputeRequest compute;
  DataFlags data;
  std::string runs = "runs";            ///< --runs-dir
  double max_minutes = 0;               ///< 0 for no limit
  double checkpoint_minutes = 5;        ///< within an epoch; after each there is one anyway
  std::string tensorboard = "scalars";  ///< --tensorboard: track::event_detail_names()
  bool quiet = false, verbose = false;
  bool epochs_given = false;  ///< by the user, not by a recipe of the program: see cli/small_sets.h
  bool no_report = false;     ///< --no-report: no pictures and no report at the end
  /// Somebody above this run says how to go on, since the run's own command would leave the others out.
  bool part_of_campaign = false;
  /// Text of the splits.csv by which the pictures are divided, where somebody above this run divides them; null: as the
  /// recipe says.
  std::shared_ptr<const std::string> splits = nullptr;

  track::Verbosity verbosity() const {
    return quiet ? track::Verbosity::quiet : verbose ? track::Verbosity::verbose : track::Verbosity::normal;
  }
};

/// Adds the options. `flags` must live until they were read.
void add_training_options(CLI::App& app, TrainingFlags& flags);

/// The recipe with the data set of `--data` in it: part of what a run computes. A folder by its whole path, since a run
/// may be resumed from elsewhere. Throws UserError where a recipe can't keep the path.
recipe::Recipe with_data(recipe::Recipe recipe, const DataFlags& flags);

/// Trains `recipe`, with the data set that the flags name, in a new folder called `name` ("" for one by time and
/// recipe).
core::ExitCode start_run(const recipe::Recipe& recipe, const TrainingFlags& flags, const std::string& name);

/// Goes on with `run` from its newest usable checkpoint, to the last epoch.
core::ExitCode resume_run(const track::RunFolder& run, const TrainingFlags& flags);

// What resume_run is made of, for those who change a run before they go on with it (cli/extend.cpp).

/// Nobody else trains in `run` while the lock is held. Throws UserError when somebody does.
std::unique_ptr<core::FileLock> lock_run(const track::RunFolder& run);

/// `request` where it says something; elsewhere as the run was begun, as far as this machine can: anything else gives
/// other bits.
train::ComputeRequest as_begun(train::ComputeRequest request, const track::RunFolder& run);

/// Throws UserError where the checkpoint's manifest names another log than the run's figures: a run from elsewhere
/// doesn't say which files are cut.
void check_logs(const train::Resumed& resumed, const track::RunFolder& run);

/// Says on standard error, --quiet or not, what makes the run another than the one that was begun: checkpoints passed
/// over, rows missing, another machine or program.
void say_what_differs(const train::Resumed& resumed, const track::RunFolder& run,
                      const train::CheckpointIdentity& here);

/// The options again, for a command that is to have them too, but the folder of the runs: a run is named by its path.
core::Words words_of(const TrainingFlags& flags);

/// What checkpoints of such a training say of it; without the data's fingerprint, which data is left open.
train::CheckpointIdentity identity_of(const recipe::Recipe& recipe, const train::Compute& compute);
train::CheckpointIdentity identity_of(const recipe::Recipe& recipe, const train::Compute& compute,
                                      const std::string& data);

/// The words by which this process was started, the program first.
core::Words command_line();

/// What environment.json says of a run in this process.
track::RunFacts facts_of(const recipe::Recipe& recipe, const train::Compute& compute, track::RunKind kind,
                         std::chrono::system_clock::time_point started = std::chrono::system_clock::now());

/// The same of a training on these data, their sizes included.
track::RunFacts facts_of(const recipe::Recipe& recipe, const train::Compute& compute, const data::Splits& splits);

/// The plan of start_run, printed, after all that start_run asks before it makes a run; trains and writes nothing.
core::ExitCode print_plan(const recipe::Recipe& recipe, const TrainingFlags& flags, const std::string& name);

}  // namespace reslab::cli
