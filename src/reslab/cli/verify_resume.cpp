// `reslab verify-resume [RECIPE]`: kills trainings and resumes them, and compares with one that was left in peace.
#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>

#include "reslab/cli/command.h"
#include "reslab/cli/compute_options.h"
#include "reslab/cli/opened_data.h"
#include "reslab/cli/recipe_options.h"
#include "reslab/cli/training.h"
#include "reslab/cli/validators.h"
#include "reslab/core/file.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"
#include "reslab/core/temporary_folder.h"
#include "reslab/train/stop.h"
#include "reslab/train/trainer.h"
#include "reslab/verify/verification.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;
using core::ExitCode;

constexpr const char *short_epochs = "2", *short_batches = "8";

struct VerifyResumeFlags {
  std::string recipe = default_recipe;
  DataFlags data;
  train::ComputeRequest compute;
  int kills = 6;
  std::uint64_t kill_seed = 1;
  std::string folder;
  bool whole = false, quiet = false;
};

// Where the runs lie: the folder that was asked for, which stays, or one that goes with this.
class Workplace {
 public:
  explicit Workplace(const std::string& asked) {
    std::error_code error;
    if (asked.empty()) {
      path_ = temporary_.emplace("reslab-verify-resume").path();
      return;
    }
    if (fs::exists(asked, error) && !fs::is_empty(asked, error))
      throw core::UserError({.attempted = "put runs into " + asked,
                             .found = "it isn't empty",
                             .remedy = "name a folder that is new or empty with --in"});
    core::make_directories(asked);
    path_ = fs::canonical(asked);
  }

  const fs::path& path() const { return path_; }
  void keep() {
    if (temporary_) temporary_->keep();
  }

 private:
  fs::path path_;
  std::optional<core::TemporaryFolder> temporary_;
};

verify::VerificationOptions options_of(const VerifyResumeFlags& flags, const train::Compute& compute,
                                       const fs::path& folder, const train::StopSignals& signals) {
  verify::VerificationOptions options{.program = fs::read_symlink("/proc/self/exe").string(),
                                      .folder = folder,
                                      .flags = {"--device", compute.device.str(), "--precision", compute.precision(),
                                                "--threads", std::to_string(compute.threads)},
                                      .kills = flags.kills,
                                      .kill_seed = flags.kill_seed,
                                      .keep_runs = !flags.folder.empty(),
                                      .stop = [&signals] { return signals.requested().has_value(); }};
  if (!flags.data.cache_dir.empty())
    options.flags.insert(options.flags.end(), {"--cache-dir", fs::absolute(flags.data.cache_dir).string()});
  if (!flags.quiet) options.say = [](const std::string& line) { std::cerr << line << '\n'; };
  return options;
}

void print(const verify::Tally& tally, const recipe::Recipe& recipe, const train::Compute& compute) {
  std::cout << recipe.name << ", " << core::counted(recipe.epochs, "epoch") << ", " << compute.precision() << " on "
            << compute.device.str() << ", " << core::counted(compute.threads, "thread") << ": "
            << core::counted(tally.kills, "kill") << ", " << tally.within_saves()
            << " within a save (payload half written " << tally.count(verify::Residue::half_payload)
            << ", no manifest yet " << tally.count(verify::Residue::payload_alone) << ", manifest half written "
            << tally.count(verify::Residue::half_manifest) << ")\n"
            << tally.same << " of " << core::counted(tally.runs, "run")
            << " ended with the bits of the uninterrupted one: weights, checkpoints and figures of every step\nno "
               "checkpoint was lost, no stray file was left\n";
  if (2 * tally.within_saves() < tally.kills)
    std::cout << "fewer than half of the kills were within a save: saves are too short here to be hit more often\n";
}

ExitCode verify_resume(const VerifyResumeFlags& flags, RecipeOptions recipe_options) {
  if (!flags.whole) {
    if (!recipe_options.epochs) recipe_options.epochs = short_epochs;
    if (!recipe_options.limit_batches) recipe_options.limit_batches = short_batches;
  }
  const recipe::Recipe recipe = with_data(resolve_recipe(flags.recipe, recipe_options), flags.data);
  const train::Compute compute = train::resolve_compute(flags.compute);
  // Fetched here and not in a process that may be killed.
  const OpenedData data = open_data(flags.data, recipe);
  // What can't be trained is the user's to mend, and said here.
  train::Trainer(recipe, data.splits, {.compute = compute});
  Workplace workplace(flags.folder);
  core::write_file(workplace.path() / "recipe.toml", recipe::to_toml(recipe));
  const train::StopSignals signals;
  verify::Verification verification(options_of(flags, compute, workplace.path(), signals));
  try {
    verification.train_whole();
    while (!verification.is_done()) verification.train_killed();
  } catch (const verify::TrainingStopped&) {
    return signals.exit_code();
  } catch (const verify::TrainingFault& fault) {
    // From a terminal the trainings get the signal, too.
    if (signals.requested()) return signals.exit_code();
    workplace.keep();
    std::cerr << "reslab: " << fault.what() << "\nAll of it lies in " << core::printable(workplace.path().string())
              << ". Where neither memory nor disk ran out, this is a defect of reslab: please report it.\n";
    return ExitCode::internal_error;
  }
  print(verification.tally(), recipe, compute);
  return ExitCode::ok;
}

}  // namespace

Action prepare_verify_resume(CLI::App& app) {
  const auto flags = std::make_shared<VerifyResumeFlags>();
  app.add_option("recipe", flags->recipe, "name or .toml file (see: reslab recipe list)")->capture_default_str();
  const auto recipe_options = add_recipe_options(app);
  add_data_options(app, flags->data);
  add_compute_options(app, flags->compute);
  const std::string group = "Kills";
  app.add_option("--kills", flags->kills, "at least so many, half of them within a save; a run is killed once or twice")
      ->type_name("N")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--kill-seed", flags->kill_seed, "of the moments when to kill")
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  app.add_flag("--whole", flags->whole,
               core::concatenate("train the recipe as it is; otherwise it is cut to ", short_epochs, " epochs of ",
                                 short_batches, " batches where --epochs or --limit-batches say nothing"))
      ->group(group);
  app.add_option("--in", flags->folder, "where the runs are made, and stay; left out, a temporary folder")
      ->type_name("DIR")
      ->check(not_empty())
      ->group(group);
  app.add_flag("-q,--quiet", flags->quiet, "only the result")->group(group);
  return [flags, recipe_options] { return verify_resume(*flags, *recipe_options); };
}

}  // namespace reslab::cli
