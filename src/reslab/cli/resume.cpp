// `reslab resume [RUN]`.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <set>

#include "reslab/cli/command.h"
#include "reslab/cli/training.h"
#include "reslab/core/printable.h"
#include "reslab/track/run_summary.h"
#include "reslab/train/checkpoint.h"

namespace reslab::cli {

namespace {

// A kill or a full disk in the last save leaves all epochs' figures and a checkpoint before the last.
bool lags_behind(const track::RunSummary& run) {
  if (!std::filesystem::is_directory(run.folder.checkpoint())) return false;
  const auto position = train::newest_whole(run.folder.checkpoint());
  return position && position->epoch < run.last->epoch;
}

bool is_unfinished(const track::RunSummary& run) {
  switch (run.state) {
    case track::RunState::interrupted: return true;
    case track::RunState::finished:
    case track::RunState::stopped_early: return lags_behind(run);
    case track::RunState::training: break;
  }
  return false;
}

// The newest that is unfinished; not one that trains now, nor one that was extended, which another run goes on with.
// Where there is none, the newest: resume_run says why nothing can be done there.
track::RunFolder find_unfinished(const std::string& runs) {
  std::set<std::string> extended;
  for (const track::RunFolder& run : track::list_runs(runs)) {
    const track::RunSummary summary = track::summarise(run);
    if (!extended.contains(core::printable(run.name())) && is_unfinished(summary)) return run;
    if (!summary.extends.empty()) extended.insert(summary.extends);
  }
  return track::find_run("", runs);
}

}  // namespace

Action prepare_resume(CLI::App& app) {
  struct Flags {
    std::string run;
    TrainingFlags training;
  };
  const auto flags = std::make_shared<Flags>();
  app.add_option("run", flags->run, "path or name; left out, the newest that is unfinished");
  add_training_options(app, flags->training);
  return [flags] {
    const std::string& runs = flags->training.runs;
    return resume_run(flags->run.empty() ? find_unfinished(runs) : track::find_run(flags->run, runs), flags->training);
  };
}

}  // namespace reslab::cli
