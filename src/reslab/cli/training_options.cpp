// The options of a training, read and written again.
#include <CLI/CLI.hpp>

#include "reslab/cli/compute_options.h"
#include "reslab/cli/training.h"
#include "reslab/cli/validators.h"
#include "reslab/recipe/number.h"
#include "reslab/track/tensorboard.h"

namespace reslab::cli {

void add_training_options(CLI::App& app, TrainingFlags& flags) {
  add_data_options(app, flags.data);
  add_compute_options(app, flags.compute);
  const std::string group = "Run";
  app.add_option("--runs-dir", flags.runs, "folder of the runs")->type_name("DIR")->capture_default_str()->group(group);
  app.add_option("--max-minutes", flags.max_minutes, "end after the batch in which so many minutes are over")
      ->type_name("X")
      ->check(from_zero())
      ->group(group);
  app.add_option("--checkpoint-minutes", flags.checkpoint_minutes,
                 "save the state within an epoch, too, every so many minutes")
      ->type_name("X")
      ->check(above_zero())
      ->capture_default_str()
      ->group(group);
  app.add_option("--tensorboard", flags.tensorboard, "what goes into the run's event files for TensorBoard")
      ->check(one_of(track::event_detail_names()))
      ->capture_default_str()
      ->group(group);
  app.add_flag("--no-report", flags.no_report, "leave out the pictures and the report at the end")->group(group);
  auto* quiet = app.add_flag("-q,--quiet", flags.quiet, "only the last line")->group(group);
  app.add_flag("-v,--verbose", flags.verbose, "rates, times and memory besides")->excludes(quiet)->group(group);
}

core::Words words_of(const TrainingFlags& flags) {
  core::Words words = core::joined({words_of(flags.data), words_of(flags.compute)});
  const TrainingFlags usual;
  const auto add = [&](const char* option, const std::string& value, const std::string& otherwise) {
    if (value != otherwise) words.insert(words.end(), {option, value});
  };
  const auto minutes = [&](const char* option, double value, double otherwise) {
    add(option, recipe::shortest_text(value), recipe::shortest_text(otherwise));
  };
  minutes("--max-minutes", flags.max_minutes, usual.max_minutes);
  minutes("--checkpoint-minutes", flags.checkpoint_minutes, usual.checkpoint_minutes);
  add("--tensorboard", flags.tensorboard, usual.tensorboard);
  if (flags.no_report) words.emplace_back("--no-report");
  if (flags.quiet) words.emplace_back("--quiet");
  if (flags.verbose) words.emplace_back("--verbose");
  return words;
}

}  // namespace reslab::cli
