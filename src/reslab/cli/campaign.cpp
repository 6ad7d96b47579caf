#include "reslab/cli/campaign.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>
#include <thread>
#include <utility>

#include "reslab/cli/format.h"
#include "reslab/core/command.h"
#include "reslab/core/file.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"
#include "reslab/track/metrics.h"
#include "reslab/track/run_summary.h"
#include "reslab/track/tested_part.h"
#include "reslab/train/build.h"
#include "reslab/train/evaluate.h"
#include "reslab/train/flop_ledger.h"
#include "reslab/train/weights_file.h"

namespace reslab::cli {

using core::ExitCode;

namespace {

// What a finished run gave; nothing while epochs are missing.
std::optional<track::CampaignRow> finished_row(const track::RunFolder& run, const recipe::Recipe& recipe) {
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

struct Trained {
  ExitCode code = ExitCode::ok;
  double seconds = 0;  // 0 when it wasn't trained from start to end here
  bool here = false;   // by this process

  // Pictures that are left out are no reason to end the campaign.
  bool asked_to_stop() const { return code != ExitCode::ok && code != ExitCode::some_inputs_skipped; }
};

Trained train_part(const track::RunFolder& run, const recipe::Recipe& recipe, TrainingFlags flags) {
  flags.runs = run.path.parent_path().string();
  flags.no_report = true;  // `reslab report` makes one of any of them
  flags.part_of_campaign = true;
  if (std::filesystem::exists(run.environment())) return {.code = resume_run(run, flags), .here = true};
  const auto start = std::chrono::steady_clock::now();
  const ExitCode code = start_run(recipe, flags, run.name());
  return {code, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), true};
}

// What the training itself doesn't tell: accuracy without test-time augmentation, and cost.
void complete(track::CampaignRow& row, const report::OpenedRun& opened, const recipe::Recipe& recipe) {
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
                                          .epochs = opened.description.epochs})
                          .training.total();
}

// Of a part that an earlier process finished.
void take_over(track::CampaignRow& row, const std::vector<track::CampaignRow>& earlier) {
  for (const track::CampaignRow& known : earlier)
    if (known.seed == row.seed && known.run == row.run) {
      row.one_view_accuracy = known.one_view_accuracy;
      row.process_seconds = known.process_seconds;
      row.training_flop = known.training_flop;
    }
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

void say_how_far(std::size_t done, std::int64_t all, const std::string& noun, const std::filesystem::path& folder) {
  std::cerr << "campaign: " << done << " of " << core::counted(all, noun) << (done == 1 ? " is done" : " are done")
            << "; to go on: " << same_command(folder) << '\n';
}

}  // namespace

// The parts of one campaign differ in seed or data alone.
void check_same_recipe(const track::RunFolder& run, const recipe::Recipe& recipe) {
  const recipe::Recipe found = recipe::load_recipe(run.recipe().string());
  if (recipe::recipe_hash(found) == recipe::recipe_hash(recipe)) return;
  throw core::UserError({.attempted = "go on with the campaign in " + run.path.parent_path().string(),
                         .found = run.name() + " was trained by another recipe",
                         .allowed = "the recipe, data and seeds that it was begun with",
                         .remedy = "choose another --name"});
}

std::string mean_text(const track::Summary& percent) {
  std::string text = format("%.2f %%", percent.mean);
  if (percent.n > 1)
    text += format(" ± %.2f (95 %% interval; deviation %.2f, %.2f to %.2f)", percent.half_interval, percent.deviation,
                   percent.least, percent.most);
  return text;
}

PartsTrained train_parts(const Campaign& campaign, const std::vector<track::CampaignRow>& earlier) {
  PartsTrained result;
  const auto say_it = [&] { say_how_far(result.rows.size(), campaign.count, campaign.noun, campaign.folder); };
  for (std::int64_t number = 1; number <= campaign.count; ++number) {
    const CampaignPart part = campaign.part(number);
    Trained trained;
    std::optional<track::CampaignRow> row = finished_row(part.run, part.recipe);
    if (!row) {
      if (!part.title.empty() && !part.flags.quiet) std::cerr << core::printable(part.title) << '\n';
      try {
        trained = train_part(part.run, part.recipe, part.flags);
      } catch (const core::FileRefused&) {
        say_it();
        throw;
      }
      row = finished_row(part.run, part.recipe);
    }
    if (!row || trained.code == ExitCode::some_inputs_skipped) result.code = trained.code;
    if (!row) {
      say_it();
      return result;
    }
    if (!trained.here) take_over(*row, earlier);
    row->process_seconds = std::max(row->process_seconds, trained.seconds);
    if (row->training_flop == 0) complete(*row, campaign.open(part), part.recipe);
    result.rows.push_back(*row);
    track::write_campaign(campaign.folder / "campaign.csv", campaign.table(result.rows));
    // Asked to stop while the last evaluation of this part ran.
    if (trained.asked_to_stop() && number < campaign.count) {
      result.code = trained.code;
      say_it();
      return result;
    }
  }
  result.all = true;
  return result;
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
                           .found = "another process trains in it",
                           .remedy = "wait for it, end it, or choose another --name"});
  return held;
}

CampaignPlace campaign_place(const TrainingFlags& flags, const std::string& recipe, const std::string& name) {
  if (!name.empty()) track::check_run_name(name);
  const track::NewRun place{.runs = flags.runs, .recipe = recipe};
  return {
      .folder = place.runs / (name.empty() ? track::free_name(place) : name), .place = place, .named = !name.empty()};
}

std::filesystem::path CampaignPlace::make() const {
  const std::filesystem::path made = named ? folder : track::create_run(place).path;
  core::make_directories(made);
  return made;
}

void check_campaign_folder(const std::string& recipe, const std::filesystem::path& folder) {
  track::check_new_run({.runs = folder, .recipe = recipe});
  if (std::error_code error; std::filesystem::exists(folder / "lock", error)) lock_campaign(folder);
}

}  // namespace reslab::cli
