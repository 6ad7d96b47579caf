// How `evaluate`, `mistakes`, `explain` and `report` open what they start from.
//
//   add_run_options(app, flags);
//   … later:
//   OpenedRun run = open_run(flags, "evaluate");
//   train::evaluate(*run.network, run.source(), run.compute, …);
#pragma once

#include <string>

#include "reslab/cli/data_options.h"
#include "reslab/cli/described_network.h"
#include "reslab/cli/opened_data.h"
#include "reslab/report/opened_run.h"
#include "reslab/train/compute.h"

namespace reslab::cli {

struct RunFlags {
  std::string run;               ///< path or name of a run, or a .safetensors file; "": the newest run
  std::string runs = "runs";     ///< --runs-dir
  std::string weights = "last";  ///< --weights: "last" or "best"
  std::string split = "test";    ///< --split: "test", "train" or "holdout"
  DataFlags data;
  DescriptionFlags description;        ///< of a file of weights that doesn't say what it holds
  const OpenedData* opened = nullptr;  ///< the data of the run's training where that has just ended; null: opened
  train::ComputeRequest compute;
};

/// Adds the options, those of the run itself and of a file's description included. `flags` must live until they were
/// read.
void add_run_options(CLI::App& app, RunFlags& flags);

/// The same without the run itself, for subcommands that take several.
void add_network_options(CLI::App& app, RunFlags& flags);

/// The same without --split as well.
void add_opening_options(CLI::App& app, RunFlags& flags);

using report::OpenedRun;

/// The exit code of a command that went well: pictures may have been left out.
inline core::ExitCode code_of(const OpenedRun& opened) {
  return opened.some_skipped ? core::ExitCode::some_inputs_skipped : core::ExitCode::ok;
}

/// Opens the run and its data set (fetched when missing). `verb` stands in error messages ("evaluate the run …").
/// Throws UserError when there is no such run, it has no weights or no hold-out where that was asked for, its weights
/// aren't finite or don't say what they are, or the data set has other classes or channels.
OpenedRun open_run(const RunFlags& flags, const std::string& verb);

}  // namespace reslab::cli
