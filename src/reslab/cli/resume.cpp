// `reslab resume [RUN]`.
#include <CLI/CLI.hpp>

#include "reslab/cli/command.h"
#include "reslab/cli/training.h"
#include "reslab/track/run_summary.h"

namespace reslab::cli {

namespace {

// What needs it: the newest that isn't at its end, and that nothing trains in. Where there is none, the newest, which
// then says that there is nothing to do.
track::RunFolder find_unfinished(const std::string& runs) {
  for (const track::RunFolder& run : track::list_runs(runs)) {
    const track::RunSummary summary = track::summarise(run);
    if (summary.state == track::RunState::interrupted && summary.problem.empty()) return run;
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
