// `reslab find-lr [RECIPE]`: which learning rate to train with.
#include "reslab/cli/find_lr.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "reslab/cli/command.h"
#include "reslab/cli/compute_options.h"
#include "reslab/cli/constant_channels.h"
#include "reslab/cli/data_options.h"
#include "reslab/cli/opened_data.h"
#include "reslab/cli/recipe_options.h"
#include "reslab/cli/training.h"
#include "reslab/cli/validators.h"
#include "reslab/core/command.h"
#include "reslab/core/file.h"
#include "reslab/core/nearest.h"
#include "reslab/core/printable.h"
#include "reslab/recipe/fields.h"
#include "reslab/report/figure.h"
#include "reslab/track/terminal.h"
#include "reslab/train/stop.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

// Everything is done and kept, and there is no answer in it.
constexpr ExitCode no_answer = ExitCode::some_inputs_skipped;

struct FindLrFlags {
  std::string recipe, name, runs = "runs", preset, ramp = "exponential";
  std::optional<std::string> rule;
  std::optional<double> first_lr, last_lr, smoothing, divergence;
  std::optional<std::int64_t> steps;
  std::int64_t repeats = 1;
  DataFlags data;
  train::ComputeRequest compute;
};

struct Preset {
  const char* name;
  train::RangeTestOptions options;
  train::LrRule rule;
};

// The original's experiment, as it is published: the lowest loss is a poor choice, and its own.
constexpr Preset presets[] = {{"original",
                               {.first_lr = 0.01, .last_lr = 0.02, .steps = 200, .smoothing = 0.05, .divergence = 5},
                               train::LrRule::lowest}};

Preset preset_named(std::string name) {
  if (name == "seed") name = "original";  // as it was called once
  if (name.empty()) return {"", {}, train::LrRule::valley};
  std::vector<std::string> names;
  for (const Preset& preset : presets) {
    if (name == preset.name) return preset;
    names.emplace_back(preset.name);
  }
  throw core::UserError({.attempted = "use the preset '" + name + "'",
                         .found = "no preset of that name",
                         .allowed = core::join(names),
                         .remedy = core::did_you_mean(name, names)});
}

// The preset's values, but those that were given.
Preset asked_for(const FindLrFlags& flags) {
  Preset asked = preset_named(flags.preset);
  train::RangeTestOptions& options = asked.options;
  options.first_lr = flags.first_lr.value_or(options.first_lr);
  options.last_lr = flags.last_lr.value_or(options.last_lr);
  options.steps = flags.steps.value_or(options.steps);
  options.smoothing = flags.smoothing.value_or(options.smoothing);
  options.divergence = flags.divergence.value_or(options.divergence);
  if (flags.ramp == "linear") options.ramp = schedule::RampCurve::linear;
  if (flags.rule) asked.rule = train::lr_rule_named(*flags.rule);
  return asked;
}

// One line, drawn anew; where lines can't be, one for each tenth of a test.
class Display {
 public:
  Display(const train::RangeTestOptions& options, std::int64_t repeats) : options_(options), repeats_(repeats) {}

  void show(std::int64_t repeat, const train::LrPoint& point, std::int64_t done) {
    const std::int64_t tenth = std::max<std::int64_t>(options_.steps / 10, 1);
    if (!terminal_.live() && done % tenth != 0) return;
    const std::string test = repeats_ > 1 ? core::concatenate("test ", repeat + 1, " of ", repeats_, ", ") : "";
    const std::string line = core::concatenate(test, "step ", done, " of ", options_.steps, ", lr ", point.lr,
                                               ", loss ", point.loss, ", smoothed ", point.smoothed);
    if (terminal_.live())
      terminal_.redraw(track::cut(line, terminal_.columns()));
    else
      std::cerr << line << std::endl;
  }

 private:
  train::RangeTestOptions options_;
  std::int64_t repeats_;
  track::Terminal terminal_{2};
};

struct Tested {
  train::RangeTests tests;
  ExitCode asked = ExitCode::ok;  ///< to end early; ok: nobody did
};

Tested test(const FindLrFlags& flags, const train::RangeTestOptions& options, const recipe::Recipe& recipe,
            const data::Splits& splits, const train::Compute& compute) {
  const train::StopSignals signals;
  Display display(options, flags.repeats);
  const auto progress = [&](std::int64_t repeat, const train::LrPoint& point, std::int64_t done) {
    display.show(repeat, point, done);
    return signals.requested().has_value();
  };
  Tested tested{.tests = train::range_tests(recipe, splits, compute, options, flags.repeats, progress)};
  if (tested.tests.interrupted()) tested.asked = signals.exit_code();
  return tested;
}

// --limit-batches shortens the test too, as far as its rule still finds a learning rate; --steps is taken as given.
void limit_steps(Preset& asked, const FindLrFlags& flags, const recipe::Recipe& recipe) {
  if (flags.steps || recipe.data.limit_batches == 0) return;
  const std::int64_t wanted = std::max(recipe.data.limit_batches, train::steps_needed(asked.rule));
  asked.options.steps = std::min(asked.options.steps, wanted);
}

ExitCode run(const FindLrFlags& flags, const RecipeOptions& recipe_options) {
  if (recipe_options.lr)
    throw core::UserError({.attempted = "find a learning rate with --lr " + *recipe_options.lr,
                           .found = "the test tries learning rates by itself, so that this one would have no effect",
                           .remedy = "say --from and --to instead"});
  const recipe::Recipe recipe =
      with_data(resolve_recipe(flags.recipe, recipe_options, Purpose::range_test), flags.data);
  Preset asked = asked_for(flags);
  limit_steps(asked, flags, recipe);
  const train::Compute compute = train::resolve_compute(flags.compute);
  check_apart(recipe.data.name, flags.runs);
  const OpenedData data = open_data(flags.data, recipe);
  const data::Splits& splits = data.splits;
  say_constant_channels(splits.train, recipe);
  // Before the test: the run's folder is made after it.
  track::check_new_run({.runs = flags.runs, .recipe = recipe.name + "-find-lr", .name = flags.name});
  core::make_directories(flags.runs);
  core::check_can_write(std::filesystem::path(flags.runs) / "a run");
  const auto started = std::chrono::system_clock::now();
  const Tested tested = test(flags, asked.options, recipe, splits, compute);
  if (tested.asked != ExitCode::ok) {
    std::cerr << "ended early, so nothing was written\n";
    return tested.asked;
  }
  const train::RangeTests& tests = tested.tests;
  const train::LrChoice choice = train::choose_lr(tests, asked.rule, recipe);
  const track::RunFolder folder =
      track::create_run({.runs = flags.runs, .recipe = recipe.name + "-find-lr", .name = flags.name});
  core::write_file(folder.recipe(), recipe::to_toml(recipe));
  track::write_environment(folder.environment(), facts_of(recipe, compute, track::RunKind::find_lr, started));
  const bool drawn = write_lr_files(folder, choice, tests, asked.options);
  const core::Words use_it = core::joined({{"train", flags.recipe},
                                           words_of(recipe_options),
                                           core::option("--lr-from", folder.path.string()),
                                           track::runs_option(flags.runs),
                                           words_of(flags.data),
                                           words_of(flags.compute)});
  std::cout << describe_lr(choice, tests, recipe);
  if (choice.lr > 0) std::cout << "use it     " << core::command(use_it) << '\n';
  std::cout << "files      " << core::printable(folder.path.string()) << std::endl;
  if (!drawn) std::cerr << report::gnuplot_missing << '\n';
  // The curve is kept all the same: it shows why.
  if (choice.lr > 0) return with_skipped(ExitCode::ok, data);
  std::cerr << "reslab: " << train::no_choice(tests, asked.rule, asked.options).what() << '\n';
  return no_answer;
}

}  // namespace

Action prepare_find_lr(CLI::App& app) {
  const auto flags = std::make_shared<FindLrFlags>();
  app.add_option("recipe", flags->recipe, "name or .toml file (see: reslab recipe list)")
      ->default_str(std::string(default_recipe) + ", or photos for picture files");
  app.add_option("--from", flags->first_lr, "first learning rate (default: 1e-5)")->type_name("X");
  app.add_option("--to", flags->last_lr, "last learning rate (default: 10)")
      ->check(CLI::Range(0.0, recipe::largest_lr))
      ->type_name("X");
  app.add_option("--steps", flags->steps,
                 "optimiser steps from one to the other (default: 100, or fewer with --limit-batches)")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N");
  app.add_option("--ramp", flags->ramp, "exponential or linear")
      ->check(one_of({"exponential", "linear"}))
      ->capture_default_str();
  app.add_option("--smoothing", flags->smoothing, "weight of a new loss in the smoothed one (default: 0.2)")
      ->type_name("X");
  app.add_option("--divergence", flags->divergence,
                 "end when the smoothed loss is above so many times its lowest; 0 for never (default: 4)")
      ->type_name("X");
  app.add_option("--repeats", flags->repeats, "tests over so many seeds, for a mean with a band")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--rule", flags->rule,
                 "which suggestion to recommend: valley (default), steep, minimum, slide, lowest")
      ->type_name("RULE");
  app.add_option("--preset", flags->preset, "original: 0.01 to 0.02 in 200 steps, ended at 5 times, the lowest loss")
      ->type_name("NAME");
  app.add_option("--name", flags->name, "name of the run's folder; left out, time, recipe and find-lr")
      ->check(not_empty())
      ->group("Run");
  app.add_option("--runs-dir", flags->runs, "folder of the runs")
      ->type_name("DIR")
      ->capture_default_str()
      ->group("Run");
  const auto recipe_options = add_recipe_options(app);
  add_data_options(app, flags->data);
  add_compute_options(app, flags->compute);
  return [flags, recipe_options] {
    if (flags->recipe.empty())
      flags->recipe = recipe_for_data(flags->data, recipe_options->labels.has_value(), /*quiet=*/false);
    return run(*flags, *recipe_options);
  };
}

}  // namespace reslab::cli
