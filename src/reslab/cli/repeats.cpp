#include "reslab/cli/repeats.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>
#include <thread>

#include "reslab/cli/format.h"
#include "reslab/cli/opened_run.h"
#include "reslab/cli/small_sets.h"
#include "reslab/core/command.h"
#include "reslab/core/file.h"
#include "reslab/core/quantity.h"
#include "reslab/track/campaign.h"
#include "reslab/track/metrics.h"
#include "reslab/track/run_summary.h"
#include "reslab/track/tested_part.h"
#include "reslab/train/build.h"
#include "reslab/train/flop_ledger.h"
#include "reslab/train/weights_file.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

// What a finished run gave; nothing while epochs are missing.
std::optional<track::CampaignRow> finished(const track::RunFolder& run, const recipe::Recipe& recipe) {
  if (!std::filesystem::exists(run.epochs()) || !std::filesystem::exists(run.weights())) return std::nullopt;
  const std::vector<track::EpochRow> epochs = track::read_epochs(run.epochs());
  if (epochs.empty() || (epochs.back().epoch != recipe.epochs && !track::stopped_early(epochs, recipe)))
    return std::nullopt;
  // The weights lag behind where a kill came between the two.
  if (train::read_description(run.weights()).epochs != epochs.back().epoch) return std::nullopt;
  track::CampaignRow row{.seed = recipe.seed,
                         .run = run.name(),
                         .test_accuracy = epochs.back().test_accuracy,
                         .test_loss = epochs.back().test_loss,
                         .seconds = epochs.back().test_seconds,
                         .limited = track::limits_of(recipe)};
  for (const track::EpochRow& epoch : epochs) row.seconds += epoch.train_seconds;
  return row;
}

// Seeds of one campaign differ in nothing else.
void check_same(const track::RunFolder& run, const recipe::Recipe& recipe) {
  const recipe::Recipe found = recipe::load_recipe(run.recipe().string());
  if (recipe::recipe_hash(found) == recipe::recipe_hash(recipe)) return;
  throw core::UserError({.attempted = "go on with the campaign in " + run.path.parent_path().string(),
                         .found = run.name() + " was trained by another recipe",
                         .allowed = "the recipe, data and seeds that it was begun with",
                         .remedy = "choose another --name"});
}

struct Trained {
  ExitCode code = ExitCode::ok;
  double seconds = 0;  // 0 when it wasn't trained from start to end here
  bool here = false;   // by this process
};

Trained train_one(const track::RunFolder& run, const recipe::Recipe& recipe, TrainingFlags flags) {
  flags.runs = run.path.parent_path().string();
  flags.no_report = true;  // `reslab report` makes one of any seed
  flags.part_of_campaign = true;
  if (std::filesystem::exists(run.environment())) return {.code = resume_run(run, flags), .here = true};
  const auto start = std::chrono::steady_clock::now();
  const ExitCode code = start_run(recipe, flags, run.name());
  return {code, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), true};
}

// What the training itself doesn't tell: accuracy without test-time augmentation, and cost.
void complete(track::CampaignRow& row, const track::RunFolder& run, const recipe::Recipe& recipe,
              const TrainingFlags& flags) {
  const OpenedRun opened =
      open_run({.run = run.path.string(), .data = flags.data, .compute = flags.compute}, "evaluate");
  const train::Evaluation one_view =
      train::evaluate(*opened.network, opened.source(), opened.compute,
                      {.batch_size = recipe.data.batch_size, .limit_batches = recipe.data.limit_batches});
  row.one_view_accuracy = one_view.accuracy();
  const data::Split& images = opened.splits.train;
  const auto network = train::build_network(recipe, images.info());
  row.training_flop = train::flop_ledger(recipe, *network,
                                         {.channels = images.info().channels,
                                          .height = opened.description.weights.height,
                                          .width = opened.description.weights.width,
                                          .train = images.size(),
                                          .test = opened.splits.test.size(),
                                          .epochs = track::read_epochs(run.epochs()).back().epoch})
                          .training.total();
}

// Of a seed that an earlier process finished.
void take_over(track::CampaignRow& row, const std::vector<track::CampaignRow>& earlier) {
  for (const track::CampaignRow& known : earlier)
    if (known.seed == row.seed && known.run == row.run) {
      row.one_view_accuracy = known.one_view_accuracy;
      row.process_seconds = known.process_seconds;
      row.training_flop = known.training_flop;
    }
}

// Fewer seeds than an earlier command asked for take nothing away from its table.
std::vector<track::CampaignRow> with_later_seeds(std::vector<track::CampaignRow> rows,
                                                 const std::vector<track::CampaignRow>& earlier) {
  const std::uint64_t reached = rows.back().seed;
  // Their file may be an earlier version's, which didn't say what limited them: all seeds are of one recipe.
  for (const track::CampaignRow& known : earlier)
    if (known.seed > reached) rows.push_back(known), rows.back().limited = rows.front().limited;
  return rows;
}

std::string mean_text(const track::Summary& percent) {
  std::string text = format("%.2f %%", percent.mean);
  if (percent.n > 1)
    text += format(" ± %.2f (95 %% interval; deviation %.2f, %.2f to %.2f)", percent.half_interval, percent.deviation,
                   percent.least, percent.most);
  return text;
}

// `part`: track::tested_part.
void print(const std::vector<track::CampaignRow>& rows, const recipe::Recipe& recipe, const std::string& part) {
  std::vector<double> accuracies, one_view, seconds, process;
  std::cout << "\nseed   test accuracy     one view   seconds\n";
  const char* const mark = part.empty() ? "" : track::part_mark;
  for (const track::CampaignRow& row : rows) {
    accuracies.push_back(100 * row.test_accuracy);
    one_view.push_back(100 * row.one_view_accuracy);
    seconds.push_back(row.seconds);
    if (row.process_seconds > 0) process.push_back(row.process_seconds);
    std::cout << format("%4llu %13.2f %%%s %10.2f %%%s %9.1f\n", static_cast<unsigned long long>(row.seed),
                        accuracies.back(), mark, one_view.back(), mark, row.seconds);
  }
  if (!part.empty()) std::cout << track::part_note(part) << '\n';
  const track::Summary time = track::summarise(seconds);
  std::cout << recipe.name << ", n = " << time.n << ": test accuracy " << mean_text(track::summarise(accuracies))
            << mark << ", views: " << train::describe(train::view_options(recipe.evaluation)) << '\n';
  if (recipe.evaluation.views != "one") std::cout << "by one view " << mean_text(track::summarise(one_view)) << '\n';
  std::cout << format("%.1f s of training and last evaluation", time.mean);
  if (time.n > 1) std::cout << format(" ± %.1f", time.half_interval);
  if (!process.empty())
    std::cout << format(", %.1f s from start to end with tests, checkpoints and pictures (n = %zu)",
                        track::summarise(process).mean, process.size());
  std::cout << format(", %.4f PFLOP of training\n", rows.front().training_flop / 1e15);
}

// The command that goes on: this one, with the campaign's name.
std::string same_command(const std::filesystem::path& folder) {
  core::Words words = command_line();
  // Not every system tells a process its words.
  if (words.size() < 2) return "the same command with --name " + core::shell_word(folder.filename().string());
  words.erase(words.begin());
  const bool named = std::ranges::any_of(
      words, [](const std::string& word) { return word == "--name" || word.starts_with("--name="); });
  // Behind a `--` it would be taken for a recipe.
  if (!named) words.insert(std::ranges::find(words, "--"), {"--name", folder.filename().string()});
  return core::command(words);
}

void say_how_far(std::size_t done, std::int64_t repeats, const std::filesystem::path& folder) {
  std::cerr << "campaign: " << done << " of " << core::counted(repeats, "seed")
            << (done == 1 ? " is done" : " are done") << "; to go on: " << same_command(folder) << '\n';
}

recipe::Recipe with_seed(recipe::Recipe recipe, std::int64_t seed) {
  recipe.seed = static_cast<std::uint64_t>(seed);
  return recipe;
}

track::RunFolder run_of(const std::filesystem::path& folder, std::int64_t seed) {
  return {folder / core::concatenate("seed-", seed)};
}

std::unique_ptr<core::FileLock> lock_campaign(const std::filesystem::path& folder) {
  auto held = core::FileLock::try_lock(folder / "lock");
  // A plan that asks whether somebody trains here holds it for an instant.
  for (int attempt = 0; held == nullptr && attempt < 10; ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    held = core::FileLock::try_lock(folder / "lock");
  }
  if (held == nullptr)
    throw core::UserError({.attempted = "train the campaign in " + folder.string(),
                           .found = "another process trains its seeds",
                           .remedy = "wait for it, end it, or choose another --name"});
  return held;
}

// Whether the campaign can be trained, before anything is made. Returns how many seeds were begun before.
std::int64_t check_campaign(const recipe::Recipe& recipe, const std::filesystem::path& folder, std::int64_t repeats) {
  track::check_new_run({.runs = folder, .recipe = recipe.name});
  if (std::error_code error; std::filesystem::exists(folder / "lock", error)) lock_campaign(folder);
  std::int64_t begun = 0;
  for (std::int64_t seed = 1; seed <= repeats; ++seed) {
    const track::RunFolder run = run_of(folder, seed);
    if (!std::filesystem::exists(run.environment())) continue;
    check_same(run, with_seed(recipe, seed));
    ++begun;
  }
  return begun;
}

// As each of its runs will have it: a campaign that goes on is known by it.
recipe::Recipe fitted(recipe::Recipe recipe, const TrainingFlags& flags) {
  if (!is_of_pictures(recipe.data.name, !recipe.pictures.labels.empty())) return recipe;
  const OpenedData data = open_data(flags.data, recipe, {.quiet = true});
  return fitted_to(data, std::move(recipe), {.epochs_given = flags.epochs_given, .quiet = flags.quiet});
}

ExitCode plan_repeats(const recipe::Recipe& recipe, TrainingFlags flags, const std::filesystem::path& folder,
                      std::int64_t repeats, std::int64_t begun) {
  std::cout << "campaign   " << (repeats == 1 ? "seed 1" : core::concatenate("seeds 1 to ", repeats)) << ", a run each"
            << (begun > 0 ? core::concatenate("; begun: ", begun) : "") << '\n';
  flags.runs = folder.string();
  return print_plan(with_seed(recipe, 1), flags, "");
}

}  // namespace

ExitCode run_repeats(const recipe::Recipe& wanted, const TrainingFlags& flags, const std::string& name,
                     std::int64_t repeats, bool dry_run) {
  if (!name.empty()) track::check_run_name(name);
  const recipe::Recipe recipe = fitted(with_data(wanted, flags.data), flags);
  const track::NewRun place{.runs = flags.runs, .recipe = recipe.name + "-seeds"};
  std::filesystem::path folder = place.runs / (name.empty() ? track::free_name(place) : name);
  const std::int64_t begun = check_campaign(recipe, folder, repeats);
  if (dry_run) return plan_repeats(recipe, flags, folder, repeats, begun);
  if (name.empty()) folder = track::create_run(place).path;
  core::make_directories(folder);
  const auto held = lock_campaign(folder);
  const std::vector<track::CampaignRow> earlier = track::read_campaign(folder / "campaign.csv");
  std::vector<track::CampaignRow> rows;
  for (std::int64_t seed = 1; seed <= repeats; ++seed) {
    const recipe::Recipe seeded = with_seed(recipe, seed);
    const track::RunFolder run = run_of(folder, seed);
    Trained trained;
    std::optional<track::CampaignRow> row = finished(run, seeded);
    if (!row) {
      try {
        trained = train_one(run, seeded, flags);
      } catch (const core::FileRefused&) {
        say_how_far(rows.size(), repeats, folder);
        throw;
      }
      row = finished(run, seeded);
    }
    if (!row) {
      say_how_far(rows.size(), repeats, folder);
      return trained.code;
    }
    if (!trained.here) take_over(*row, earlier);
    row->process_seconds = std::max(row->process_seconds, trained.seconds);
    if (row->training_flop == 0) complete(*row, run, seeded, flags);
    rows.push_back(*row);
    track::write_campaign(folder / "campaign.csv", with_later_seeds(rows, earlier));
    // Asked to stop while the seed's last evaluation ran.
    if (trained.code != ExitCode::ok && seed < repeats) {
      say_how_far(rows.size(), repeats, folder);
      return trained.code;
    }
  }
  const track::RunFolder first = run_of(folder, 1);
  print(rows, recipe, track::tested_part(first, recipe, track::read_epochs(first.epochs()).back().test_samples));
  return ExitCode::ok;
}

}  // namespace reslab::cli
