// `reslab verify-resume [RECIPE]`: kills trainings and resumes them, and compares with one that was left in peace.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <optional>

#include "reslab/cli/command.h"
#include "reslab/cli/compute_options.h"
#include "reslab/cli/format.h"
#include "reslab/cli/killed_training.h"
#include "reslab/cli/recipe_options.h"
#include "reslab/cli/training.h"
#include "reslab/cli/validators.h"
#include "reslab/core/file.h"
#include "reslab/core/hash.h"
#include "reslab/core/order.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"
#include "reslab/core/random.h"
#include "reslab/core/temporary_folder.h"
#include "reslab/recipe/number.h"
#include "reslab/track/metrics.h"
#include "reslab/track/run_comparison.h"
#include "reslab/train/stop.h"
#include "reslab/train/trainer.h"

namespace reslab::cli {
namespace {

namespace fs = std::filesystem;
using core::ExitCode;

constexpr const char *short_epochs = "2", *short_batches = "8";
constexpr int kills_a_run = 2;

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

// What was counted.
struct Tally {
  int kills = 0, runs = 0, same = 0;
  std::array<int, 4> residues{};  // by Residue

  int count(Residue what) const { return residues[static_cast<std::size_t>(what)]; }
  int within_saves() const { return kills - count(Residue::nothing); }
};

class Verification {
 public:
  Verification(const VerifyResumeFlags& flags, const train::Compute& compute, const fs::path& folder,
               const train::StopSignals& signals)
      : flags_(flags), compute_(compute), folder_(folder), signals_(signals) {}

  /// The training that is left in peace: what the others must be like, and how long things take.
  void train_whole() {
    // Saved as often as can be, so that all that is compared later is there.
    KilledTraining training(options("whole", 1e-6));
    whole_ = training.run();
    whole_seconds_ = training.attempt(std::nullopt).seconds;
    std::vector<double> times;
    for (const track::StepRow& row : track::read_metrics(whole_.metrics())) times.push_back(row.batch_seconds);
    RESLAB_ASSERT(!times.empty(), "a training without a batch");
    std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), core::lowest_first);
    batch_seconds_ = times[times.size() / 2];
    batches_ = static_cast<int>(times.size());
    say(core::concatenate("uninterrupted: ", format("%.1f s", whole_seconds_), ", ", batches_,
                          " batches, weights SHA-256 ", core::sha256_of_file(whole_.weights()).substr(0, 16), "…"));
  }

  /// One training, killed once or twice where it doesn't end before, and resumed to its end.
  void train_killed() {
    const std::string name = core::concatenate("killed-", ++tally_.runs);
    core::Random random(
        {.seed = flags_.kill_seed, .stream = core::Stream::kills, .epoch = static_cast<std::uint32_t>(tally_.runs)});
    // Not after every batch, so that there is something to make anew.
    KilledTraining training(options(name, batch_seconds_ * random.uniform(0.5F, 2.5F) / 60));
    std::string story;
    bool over = false;
    for (int kill = 0; kill < kills_a_run && !over; ++kill) {
      const Attempt attempt = training.attempt(next_kill(random));
      over = !attempt.killed;
      if (over) break;
      ++tally_.kills;
      ++tally_.residues[static_cast<std::size_t>(attempt.residue)];
      story += core::concatenate(story.empty() ? "killed " : ", then ", describe(attempt.residue));
    }
    if (!over) training.attempt(std::nullopt);
    compare(training.run(), story.empty() ? "ended before it was killed" : story);
    std::error_code ignored;
    if (flags_.folder.empty()) fs::remove_all(training.run().path, ignored);
  }

  /// Whether there were as many kills as were asked for, and half of them within saves.
  bool is_done() const {
    const bool enough = tally_.kills >= flags_.kills && 2 * tally_.within_saves() >= flags_.kills;
    // Where saves are too short to be hit, that has to be said and not tried for ever.
    return enough || tally_.kills >= 4 * flags_.kills;
  }

  const Tally& tally() const { return tally_; }

 private:
  KilledTrainingOptions options(const std::string& name, double minutes) const {
    KilledTrainingOptions result{.program = fs::read_symlink("/proc/self/exe").string(),
                                 .recipe = folder_ / "recipe.toml",
                                 .runs = folder_,
                                 .name = name,
                                 .flags = {"--no-report", "--checkpoint-minutes", recipe::shortest_text(minutes),
                                           "--device", compute_.device.str(), "--precision", compute_.precision(),
                                           "--threads", std::to_string(compute_.threads)},
                                 .stop = [this] { return signals_.requested().has_value(); }};
    if (!flags_.data.cache_dir.empty())
      result.flags.insert(result.flags.end(), {"--cache-dir", fs::absolute(flags_.data.cache_dir).string()});
    return result;
  }

  // At any moment, or within a save where fewer than half of the kills were.
  KillPoint next_kill(core::Random& random) const {
    if (2 * tally_.within_saves() > tally_.kills) return {.seconds = whole_seconds_ * random.uniform(0, 0.9F)};
    const auto passing = static_cast<std::uint32_t>(std::max(1, batches_ / 4));
    KillPoint point{.saves_to_pass = static_cast<int>(random.below(passing))};
    point.stage = static_cast<SaveStage>(random.below(3));
    // Its stages take from a part of a millisecond to some; a payload's takes longest.
    if (point.stage == SaveStage::payload_begun) point.seconds = random.uniform(0, 0.02F);
    return point;
  }

  static std::string describe(Residue residue) {
    switch (residue) {
      case Residue::nothing: return "between saves";
      case Residue::half_payload: return "with a payload half written";
      case Residue::payload_alone: return "before the manifest was begun";
      case Residue::half_manifest: return "with a manifest half written";
    }
    return "";
  }

  void compare(const track::RunFolder& run, const std::string& story) {
    std::vector<std::string> lines;
    try {
      lines = track::differences(whole_, run);
    } catch (const core::UserError& error) {
      lines = {error.what()};
    } catch (const fs::filesystem_error& error) {
      lines = {error.what()};
    }
    say(core::concatenate("run ", tally_.runs, ": ", story, ": ",
                          lines.empty() ? "the same bits" : core::concatenate(lines.size(), " differences")));
    if (lines.empty()) {
      ++tally_.same;
      return;
    }
    std::string text = "the training in " + run.path.string() + " was killed and resumed, and isn't what it would be";
    for (const std::string& line : lines) text += "\n  " + line;
    throw TrainingFault(text);
  }

  void say(const std::string& line) const {
    if (!flags_.quiet) std::cerr << line << '\n';
  }

  const VerifyResumeFlags& flags_;
  const train::Compute& compute_;
  const fs::path& folder_;
  const train::StopSignals& signals_;
  track::RunFolder whole_;
  double whole_seconds_ = 0, batch_seconds_ = 0;
  int batches_ = 0;
  Tally tally_;
};

void print(const Tally& tally, const recipe::Recipe& recipe, const train::Compute& compute) {
  std::cout << recipe.name << ", " << core::counted(recipe.epochs, "epoch") << ", " << compute.precision() << " on "
            << compute.device.str() << ", " << core::counted(compute.threads, "thread") << ": "
            << core::counted(tally.kills, "kill") << ", " << tally.within_saves()
            << " within a save (payload half written " << tally.count(Residue::half_payload) << ", no manifest yet "
            << tally.count(Residue::payload_alone) << ", manifest half written " << tally.count(Residue::half_manifest)
            << ")\n"
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
  const data::Parts parts = open_dataset(flags.data, recipe.data.name);
  // What can't be trained is the user's to mend, and said here.
  train::Trainer(recipe, parts, {.compute = compute});
  Workplace workplace(flags.folder);
  core::write_file(workplace.path() / "recipe.toml", recipe::to_toml(recipe));
  const train::StopSignals signals;
  Verification verification(flags, compute, workplace.path(), signals);
  try {
    verification.train_whole();
    while (!verification.is_done()) verification.train_killed();
  } catch (const TrainingStopped&) {
    return signals.exit_code();
  } catch (const TrainingFault& fault) {
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
