// `reslab resume [RUN]`.
#include <CLI/CLI.hpp>

#include "reslab/cli/command.h"
#include "reslab/cli/training.h"

namespace reslab::cli {

Action prepare_resume(CLI::App& app) {
  struct Flags {
    std::string run;
    TrainingFlags training;
  };
  const auto flags = std::make_shared<Flags>();
  app.add_option("run", flags->run, "path or name; left out, the newest run");
  add_training_options(app, flags->training);
  return [flags] { return resume_run(track::find_run(flags->run, flags->training.runs), flags->training); };
}

}  // namespace reslab::cli
