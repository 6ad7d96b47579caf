#include "reslab/cli/repeats.h"

#include <chrono>
#include <cstdio>
#include <optional>

#include "reslab/cli/format.h"
#include "reslab/cli/opened_run.h"
#include "reslab/core/file.h"
#include "reslab/track/campaign.h"
#include "reslab/track/metrics.h"
#include "reslab/track/run_summary.h"
#include "reslab/train/build.h"
#include "reslab/train/flop_ledger.h"
#include "reslab/train/weights_file.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

// What a finished run gave; nothing while epochs are missing.
std::optional<track::CampaignRow> finished(const track::RunFolder& run, const train::Recipe& recipe) {
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
                         .seconds = epochs.back().test_seconds};
  for (const track::EpochRow& epoch : epochs) row.seconds += epoch.train_seconds;
  return row;
}

// Seeds of one campaign differ in nothing else.
void check_same(const track::RunFolder& run, const train::Recipe& recipe) {
  const train::Recipe found = train::load_recipe(run.recipe().string());
  if (train::recipe_hash(found) == train::recipe_hash(recipe)) return;
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

Trained train_one(const track::RunFolder& run, const train::Recipe& recipe, TrainingFlags flags) {
  flags.runs = run.path.parent_path().string();
  flags.no_report = true;  // `reslab report` makes one of any seed
  if (std::filesystem::exists(run.environment())) return {.code = resume_run(run, flags), .here = true};
  const auto start = std::chrono::steady_clock::now();
  const ExitCode code = start_run(recipe, flags, run.name());
  return {code, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), true};
}

// What the training itself doesn't tell: accuracy by one view, and cost.
void complete(track::CampaignRow& row, const track::RunFolder& run, const train::Recipe& recipe,
              const TrainingFlags& flags) {
  const OpenedRun opened =
      open_run({.run = run.path.string(), .data = flags.data, .compute = flags.compute}, "evaluate");
  const train::Evaluation one_view =
      train::evaluate(*opened.network, opened.source(), opened.compute,
                      {.batch_size = recipe.data.batch_size, .limit_batches = recipe.data.limit_batches});
  row.one_view_accuracy = one_view.accuracy();
  const data::Dataset& images = opened.parts.train;
  const auto network = train::build_network(recipe, images);
  row.training_flop = train::flop_ledger(recipe, *network,
                                         {.channels = images.images.size(3),
                                          .height = images.images.size(1),
                                          .width = images.images.size(2),
                                          .train = images.size(),
                                          .test = opened.parts.test.size(),
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
  for (const track::CampaignRow& known : earlier)
    if (known.seed > reached) rows.push_back(known);
  return rows;
}

std::string mean_text(const track::Summary& percent) {
  std::string text = format("%.2f %%", percent.mean);
  if (percent.n > 1)
    text += format(" ± %.2f (95 %% interval; deviation %.2f, %.2f to %.2f)", percent.half_interval, percent.deviation,
                   percent.least, percent.most);
  return text;
}

void print(const std::vector<track::CampaignRow>& rows, const train::Recipe& recipe) {
  std::vector<double> accuracies, one_view, seconds, process;
  std::printf("\nseed   test accuracy     one view   seconds\n");
  for (const track::CampaignRow& row : rows) {
    accuracies.push_back(100 * row.test_accuracy);
    one_view.push_back(100 * row.one_view_accuracy);
    seconds.push_back(row.seconds);
    if (row.process_seconds > 0) process.push_back(row.process_seconds);
    std::printf("%4llu %13.2f %% %10.2f %% %9.1f\n", static_cast<unsigned long long>(row.seed), accuracies.back(),
                one_view.back(), row.seconds);
  }
  const track::Summary time = track::summarise(seconds);
  std::printf("%s, n = %lld: test accuracy %s, views: %s\n", recipe.name.c_str(), static_cast<long long>(time.n),
              mean_text(track::summarise(accuracies)).c_str(),
              train::describe(train::view_options(recipe.evaluation)).c_str());
  if (recipe.evaluation.views != "one") std::printf("by one view %s\n", mean_text(track::summarise(one_view)).c_str());
  std::printf("%.1f s of training and last evaluation", time.mean);
  if (time.n > 1) std::printf(" ± %.1f", time.half_interval);
  if (!process.empty())
    std::printf(", %.1f s from start to end with tests, checkpoints and pictures (n = %zu)",
                track::summarise(process).mean, process.size());
  std::printf(", %.4f PFLOP of training\n", rows.front().training_flop / 1e15);
}

void say_how_far(std::size_t done, std::int64_t repeats, const std::filesystem::path& folder) {
  std::fprintf(stderr, "campaign: %zu of %lld seeds are done; the same command with --name %s goes on\n", done,
               static_cast<long long>(repeats), folder.filename().c_str());
}

}  // namespace

ExitCode run_repeats(const train::Recipe& recipe, const TrainingFlags& flags, const std::string& name,
                     std::int64_t repeats) {
  if (!name.empty()) track::check_run_name(name);
  const std::filesystem::path folder =
      name.empty() ? track::create_run({.runs = flags.runs, .recipe = recipe.name + "-seeds"}).path
                   : std::filesystem::path(flags.runs) / name;
  core::make_directories(folder);
  const auto held = core::FileLock::try_lock(folder / "lock");
  if (held == nullptr)
    throw core::UserError({.attempted = "train the campaign in " + folder.string(),
                           .found = "another process trains its seeds",
                           .remedy = "wait for it, end it, or choose another --name"});
  const std::vector<track::CampaignRow> earlier = track::read_campaign(folder / "campaign.csv");
  std::vector<track::CampaignRow> rows;
  for (std::int64_t seed = 1; seed <= repeats; ++seed) {
    train::Recipe seeded = with_data(recipe, flags.data);
    seeded.seed = static_cast<std::uint64_t>(seed);
    const track::RunFolder run{folder / core::concatenate("seed-", seed)};
    if (std::filesystem::exists(run.environment())) check_same(run, seeded);
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
  print(rows, recipe);
  return ExitCode::ok;
}

}  // namespace reslab::cli
