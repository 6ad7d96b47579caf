// A run is a folder, complete in itself (docs/formats.md). This is where each thing lies in it, how a new one is made
// and how an old one is found.
//
//   const track::RunFolder run = track::create_run({.runs = "runs", .recipe = "original"});
//   const track::RunFolder last = track::find_run("", "runs");
#pragma once

#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reslab/core/command.h"
#include "reslab/track/environment.h"

namespace reslab::track {

struct RunFolder {
  std::filesystem::path path;

  std::string name() const { return path.filename().string(); }
  std::filesystem::path recipe() const { return path / "recipe.toml"; }
  std::filesystem::path environment() const { return path / "environment.json"; }
  std::filesystem::path metrics() const { return path / "metrics.csv"; }
  std::filesystem::path epochs() const { return path / "epochs.csv"; }
  std::filesystem::path log() const { return path / "train.log"; }
  std::filesystem::path weights() const { return path / "weights.safetensors"; }
  std::filesystem::path best() const { return path / "best.safetensors"; }
  std::filesystem::path checkpoint() const { return path / "checkpoint"; }
  std::filesystem::path plots() const { return path / "plots"; }
  std::filesystem::path lr_choice() const { return path / "find-lr.toml"; }
  std::filesystem::path lr_curve() const { return path / "find-lr.csv"; }
  std::filesystem::path lr_plot() const { return path / "find-lr.png"; }
  std::filesystem::path splits() const { return path / "splits.csv"; }  ///< of data sets of picture files alone
  std::filesystem::path predictions() const { return path / "predictions.csv"; }
  std::filesystem::path lock() const { return path / "lock"; }
};

struct NewRun {
  std::filesystem::path runs = "runs";  ///< the folder of runs; made when missing
  std::string recipe;                   ///< its name, part of the folder's
  std::string name = {};                ///< empty: <YYYYmmdd-HHMMSS>-<recipe>, local time, with -2, -3, … when taken
  std::time_t now = std::time(nullptr);
};

/// The option by which a command is told where the runs are, for messages: nothing for "runs", where they are anyway.
core::Words runs_option(const std::filesystem::path& runs);

/// The name that create_run would give now, where none is given.
std::string free_name(const NewRun& options);

/// Throws UserError when it can't be the name of a run's folder: other characters than letters, digits and - _ . + = @,
/// a
/// - or . in front, more than 128, or the ending of a file that commands take instead of a run.
void check_run_name(const std::string& name);

/// Throws UserError where a link or a special file stands for what a training in the run adds to or makes files in: its
/// logs, its lock, its folders. All else that it writes replaces what stands there. The run's own folder may be reached
/// by a link.
void check_own_files(const RunFolder& run);

/// Removes a folder in which a run was about to begin when its process was killed: one without environment.json, that
/// holds nothing but a recipe, a lock that nobody holds, an empty checkpoint folder, and temporary files. False, and
/// nothing is removed, for any other.
bool remove_unbegun(const RunFolder& run);

/// Throws UserError where create_run would, for a reason that can be seen without making anything: `name` is taken or
/// can't be a name, or the folder of the runs can't be written or made.
void check_new_run(const NewRun& options);

/// Makes the folder; one that remove_unbegun takes is made anew. Two processes never train in the same one. Throws
/// UserError as check_new_run does.
RunFolder create_run(const NewRun& options);

/// Which runs are meant: those of one kind, or all.
using Kinds = std::optional<RunKind>;

/// The runs in `runs`, newest first by the start recorded in them. Folders without a record of it are no runs.
std::vector<RunFolder> list_runs(const std::filesystem::path& runs, Kinds kinds = RunKind::train);

/// The run of that path or name; for "" the newest. A run in a folder of the runs' folder has a name with a slash:
/// "rep/seed-1", a seed of the campaign rep. Such a name never leads out of `runs`, since none of its parts is "..";
/// where it is a path from the working folder, too, the path is meant. Throws UserError (with the nearest name) when
/// there is none, or it is of another kind.
RunFolder find_run(const std::string& name_or_path, const std::filesystem::path& runs, Kinds kinds = RunKind::train);

}  // namespace reslab::track
