#include "reslab/cli/folds.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>
#include <sstream>
#include <utility>

#include "reslab/cli/campaign.h"
#include "reslab/cli/fold_results.h"
#include "reslab/cli/opened_data.h"
#include "reslab/cli/opened_run.h"
#include "reslab/cli/small_sets.h"
#include "reslab/core/command.h"
#include "reslab/core/file.h"
#include "reslab/core/quantity.h"
#include "reslab/pictures/split_file.h"
#include "reslab/recipe/recipe.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

std::string attempt(int folds) { return core::concatenate("train with --folds ", folds); }

// What would have no effect, or another one than is meant.
void check_settings(const recipe::Recipe& recipe, int folds) {
  const std::string& name = recipe.data.name;
  if (!is_of_pictures(name, !recipe.pictures.labels.empty()))
    throw core::UserError({.attempted = attempt(folds),
                           .found = name + " isn't a data set of picture files",
                           .allowed = "a folder of pictures (--data DIR), with or without a list of labels",
                           .remedy = "for another data set, which has a test set of its own, train several seeds: "
                                     "--repeats N"});
  const recipe::PictureSettings usual;
  const recipe::PictureSettings& given = recipe.pictures;
  for (const auto& [what, differs] : {std::pair{"--split " + given.split, given.split != usual.split},
                                      std::pair{std::string("--split-exact"), given.split_exact},
                                      std::pair{"--splits " + given.splits, given.splits != usual.splits}})
    if (differs)
      throw core::UserError({.attempted = attempt(folds),
                             .found = what + " besides, or the recipe's pictures." +
                                      (what.starts_with("--splits ")  ? "splits"
                                       : what.starts_with("--split ") ? "split"
                                                                      : "split_exact"),
                             .allowed = "one of the two: folds divide all pictures themselves, class by class",
                             .remedy = "leave it out, or train without --folds"});
  if (recipe.data.holdout > 0)
    throw core::UserError({.attempted = attempt(folds),
                           .found = core::concatenate("--holdout ", recipe.data.holdout),
                           .allowed = "no hold-out by number, which would part groups; where early_stopping.patience "
                                      "asks for one, a tenth of each fold's training pictures is taken",
                           .remedy = "leave it out"});
  if (recipe.data.overfit_batches > 0)
    throw core::UserError({.attempted = attempt(folds),
                           .found = core::concatenate("--overfit-batches ", recipe.data.overfit_batches),
                           .allowed = "trainings that are tested on pictures that they don't train on",
                           .remedy = "leave one of the two out"});
}

track::RunFolder run_of_fold(const std::filesystem::path& folder, std::int64_t number) {
  return {folder / core::concatenate("fold-", number)};
}

// How many folds a folds.csv has: the last field of every line is a fold.
int folds_in(const std::string& csv) {
  std::istringstream lines(csv);
  std::string line;
  int most = 0;
  for (std::getline(lines, line); std::getline(lines, line);)
    most = std::max(most, std::atoi(line.substr(line.rfind(',') + 1).c_str()));
  return most;
}

// Lines of folds.csv without their last field, the fold, which may change for all where one picture comes or goes.
std::set<std::string> pictures_in(const std::string& csv) {
  std::set<std::string> pictures;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) pictures.insert(line.substr(0, line.rfind(',')));
  return pictures;
}

// The first picture that isn't what it was; `now` and `before` differ.
std::string first_difference(const std::string& now, const std::string& before) {
  const std::set<std::string> here = pictures_in(now), there = pictures_in(before);
  for (const std::string& picture : here)
    if (!there.contains(picture)) return "'" + picture + "' is new or another";
  for (const std::string& picture : there)
    if (!here.contains(picture)) return "'" + picture + "' isn't there any more";
  return "all are the same, but in other folds";
}

class FoldCampaign {
 public:
  FoldCampaign(recipe::Recipe recipe, const TrainingFlags& flags, pictures::Folded folded)
      : recipe_(std::move(recipe)), flags_(flags), folded_(std::move(folded)) {
    for (int fold = 0; fold < folded_.count(); ++fold)
      splits_.push_back(std::make_shared<const std::string>(pictures::splits_csv(folded_.fold(fold))));
  }

  /// Whether it can be trained in `folder`, before anything is made. Returns how many folds were begun before.
  std::int64_t check(const std::filesystem::path& folder) const {
    check_campaign_folder(recipe_.name, folder);
    const auto refuse = [&](const std::string& found, const std::string& allowed) {
      throw core::UserError({.attempted = "go on with the campaign in " + folder.string(),
                             .found = found,
                             .allowed = allowed,
                             .remedy = "choose another --name"});
    };
    std::error_code error;
    const bool begun_here = std::filesystem::exists(folder / "folds.csv", error);
    if (!begun_here && std::filesystem::exists(folder / "campaign.csv", error))
      refuse("it isn't one of --folds", "a folder that this command began, or a new one");
    if (begun_here) {
      const std::string before = core::read_text(folder / "folds.csv"), now = folded_.csv();
      if (const int earlier = folds_in(before); earlier != folded_.count())
        refuse(core::concatenate("it was begun with --folds ", earlier, ", not ", folded_.count()),
               "the number of folds that it was begun with");
      if (before != now)
        refuse("other pictures or folds than it was begun with: " + first_difference(now, before),
               "the same pictures with the same labels and groups: put them back as they were");
    }
    std::int64_t begun = 0;
    for (int fold = 1; fold <= folded_.count(); ++fold) {
      const track::RunFolder run = run_of_fold(folder, fold);
      if (!std::filesystem::exists(run.environment())) continue;
      check_same_recipe(run, recipe_);
      ++begun;
    }
    return begun;
  }

  ExitCode plan(const std::filesystem::path& folder, std::int64_t begun) const {
    std::cout << "campaign   " << core::counted(folded_.count(), "fold") << " of "
              << core::counted(std::ssize(folded_.set().pictures), "picture") << ", a run each"
              << (begun > 0 ? core::concatenate("; begun: ", begun) : "") << '\n';
    return print_plan(recipe_, part(folder, 1).flags, "");
  }

  ExitCode train(const std::filesystem::path& folder) const {
    core::write_file(folder / "folds.csv", folded_.csv());
    const PartsTrained trained =
        train_parts({.folder = folder,
                     .noun = "fold",
                     .count = folded_.count(),
                     .part = [&](std::int64_t number) { return part(folder, number); },
                     .open = [&](const CampaignPart& one) { return open(one); },
                     .table = [](const std::vector<track::CampaignRow>& rows) { return rows; }},
                    track::read_campaign(folder / "campaign.csv"));
    if (!trained.all) return trained.code;
    FoldResults results{
        .folded = folded_,
        .rows = trained.rows,
        .open = [&](std::size_t fold) { return open(part(folder, static_cast<std::int64_t>(fold) + 1)); },
        .folder = folder,
        .recipe = recipe_};
    for (int fold = 1; fold <= folded_.count(); ++fold) results.runs.push_back(run_of_fold(folder, fold));
    tell_results(results, !flags_.no_report);
    return folded_.set().some_skipped() ? ExitCode::some_inputs_skipped : ExitCode::ok;
  }

 private:
  CampaignPart part(const std::filesystem::path& folder, std::int64_t number) const {
    CampaignPart part{.run = run_of_fold(folder, number), .recipe = recipe_, .flags = flags_};
    part.flags.runs = folder.string();
    part.flags.splits = splits_[static_cast<std::size_t>(number - 1)];
    const auto tested = std::ranges::count(folded_.fold_of(), static_cast<int>(number - 1));
    const auto others = std::ssize(folded_.fold_of()) - tested;
    part.title = core::concatenate("fold ", number, " of ", folded_.count(), ": ", core::counted(tested, "picture"),
                                   " to test, ", others, " to train on",
                                   recipe_.early_stopping.patience > 0 ? ", of which a tenth is held out" : "");
    return part;
  }

  // A trained fold, on the pictures that it tests.
  OpenedRun open(const CampaignPart& one) const {
    const OpenedData data =
        open_data(one.flags.data, one.recipe, {.splits_text = one.flags.splits, .quiet = true, .silent = true});
    return open_run(
        {.run = one.run.path.string(), .data = one.flags.data, .opened = &data, .compute = one.flags.compute},
        "evaluate");
  }

  recipe::Recipe recipe_;
  const TrainingFlags& flags_;
  pictures::Folded folded_;
  std::vector<std::shared_ptr<const std::string>> splits_;  // of each fold
};

void say_division(const pictures::Folded& folded, const recipe::Recipe& recipe, bool quiet) {
  const pictures::PictureSet& set = folded.set();
  if (quiet) return;
  std::cerr << core::counted(std::ssize(set.pictures), "picture") << " of "
            << core::counted(std::ssize(set.classes), "class") << " in " << core::counted(folded.count(), "fold")
            << ", class by class, by the seed " << recipe.pictures.split_seed
            << "; each is tested once. All trainings have the seed " << recipe.seed << '\n';
}

// Training pictures of the fold that has the fewest: all folds are trained by one recipe.
std::int64_t fewest_trained(const pictures::Folded& folded, const recipe::Recipe& recipe) {
  std::int64_t fewest = std::ssize(folded.fold_of());
  for (int fold = 0; fold < folded.count(); ++fold)
    fewest = std::min(fewest, std::ssize(folded.fold_of()) - std::ranges::count(folded.fold_of(), fold));
  if (recipe.early_stopping.patience > 0) fewest -= fewest / 10;
  return std::max<std::int64_t>(fewest, 1);
}

}  // namespace

ExitCode run_folds(const recipe::Recipe& wanted, const TrainingFlags& flags, const std::string& name, int folds,
                   bool dry_run) {
  recipe::Recipe recipe = with_data(wanted, flags.data);
  check_settings(recipe, folds);
  check_apart(recipe.data.name, flags.runs);
  const CampaignPlace place = campaign_place(flags, recipe.name + "-folds", name);
  pictures::PictureSet set = find_pool(flags.data, recipe, flags.quiet);
  const std::size_t said = set.findings.size();
  pictures::Folded folded(std::move(set), {.folds = folds,
                                           .seed = static_cast<std::uint64_t>(recipe.pictures.split_seed),
                                           .holdout = recipe.early_stopping.patience > 0});
  const pictures::Findings& findings = folded.set().findings;
  say_findings({findings.begin() + static_cast<std::ptrdiff_t>(said), findings.end()}, flags.quiet);
  say_division(folded, recipe, flags.quiet);
  recipe =
      fitted_to(fewest_trained(folded, recipe), recipe, {.epochs_given = flags.epochs_given, .quiet = flags.quiet});
  const FoldCampaign campaign(recipe, flags, std::move(folded));
  const std::int64_t begun = campaign.check(place.folder);
  if (dry_run) return campaign.plan(place.folder, begun);
  const std::filesystem::path folder = place.make();
  const auto held = lock_campaign(folder);
  return campaign.train(folder);
}

}  // namespace reslab::cli
