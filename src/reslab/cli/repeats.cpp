#include "reslab/cli/repeats.h"

#include <iostream>

#include "reslab/cli/campaign.h"
#include "reslab/cli/format.h"
#include "reslab/cli/opened_run.h"
#include "reslab/cli/small_sets.h"
#include "reslab/core/file.h"
#include "reslab/track/metrics.h"
#include "reslab/track/tested_part.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

// Fewer seeds than an earlier command asked for take nothing away from its table.
std::vector<track::CampaignRow> with_later_seeds(std::vector<track::CampaignRow> rows,
                                                 const std::vector<track::CampaignRow>& earlier) {
  const std::uint64_t reached = rows.back().seed;
  // Their file may be an earlier version's, which didn't say what limited them: all seeds are of one recipe.
  for (const track::CampaignRow& known : earlier)
    if (known.seed > reached) rows.push_back(known), rows.back().limited = rows.front().limited;
  return rows;
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

recipe::Recipe with_seed(recipe::Recipe recipe, std::int64_t seed) {
  recipe.seed = static_cast<std::uint64_t>(seed);
  return recipe;
}

track::RunFolder run_of(const std::filesystem::path& folder, std::int64_t seed) {
  return {folder / core::concatenate("seed-", seed)};
}

// Whether the campaign can be trained, before anything is made. Returns how many seeds were begun before.
std::int64_t check_campaign(const recipe::Recipe& recipe, const std::filesystem::path& folder, std::int64_t repeats) {
  check_campaign_folder(recipe.name, folder);
  std::int64_t begun = 0;
  for (std::int64_t seed = 1; seed <= repeats; ++seed) {
    const track::RunFolder run = run_of(folder, seed);
    if (!std::filesystem::exists(run.environment())) continue;
    check_same_recipe(run, with_seed(recipe, seed));
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
  const recipe::Recipe recipe = fitted(with_data(wanted, flags.data), flags);
  const CampaignPlace place = campaign_place(flags, recipe.name + "-seeds", name);
  const std::int64_t begun = check_campaign(recipe, place.folder, repeats);
  if (dry_run) return plan_repeats(recipe, flags, place.folder, repeats, begun);
  const std::filesystem::path folder = place.make();
  const auto held = lock_campaign(folder);
  const std::vector<track::CampaignRow> earlier = track::read_campaign(folder / "campaign.csv");
  const PartsTrained trained = train_parts(
      {.folder = folder,
       .noun = "seed",
       .count = repeats,
       .part =
           [&](std::int64_t seed) {
             return CampaignPart{.run = run_of(folder, seed), .recipe = with_seed(recipe, seed), .flags = flags};
           },
       .open =
           [](const CampaignPart& part) {
             return open_run({.run = part.run.path.string(), .data = part.flags.data, .compute = part.flags.compute},
                             "evaluate");
           },
       .table = [&](const std::vector<track::CampaignRow>& rows) { return with_later_seeds(rows, earlier); }},
      earlier);
  if (!trained.all) return trained.code;
  const std::vector<track::CampaignRow>& rows = trained.rows;
  const track::RunFolder first = run_of(folder, 1);
  print(rows, recipe, track::tested_part(first, recipe, track::read_epochs(first.epochs()).back().test_samples));
  return trained.code;
}

}  // namespace reslab::cli
