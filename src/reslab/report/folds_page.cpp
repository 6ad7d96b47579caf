#include "reslab/report/folds_page.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <map>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/quantity.h"
#include "reslab/explain/calibration.h"
#include "reslab/recipe/entries.h"
#include "reslab/recipe/recipe.h"
#include "reslab/report/run_page.h"

namespace reslab::report {
namespace {

using explain::Mistake;

// The cards of those of `chosen` that the network of one fold made, by their places in `chosen`.
std::map<std::size_t, MistakeCard> cards_of_fold(const OpenedRun& run, const std::vector<Mistake>& chosen,
                                                 const std::vector<std::size_t>& places,
                                                 const explain::Predictions& predictions, const ReportOptions& options,
                                                 Errors& errors) {
  std::map<std::int64_t, std::int64_t> place_of;  // of a picture, in the fold's test split
  for (std::int64_t i = 0; i < run.split().size(); ++i) place_of[run.split().id(i)] = i;
  std::vector<Mistake> local;
  at::Tensor ids = at::empty({std::ssize(places)}, at::kLong);
  for (std::size_t i = 0; i < places.size(); ++i) {
    local.push_back(chosen[places[i]]);
    ids.mutable_data_ptr<std::int64_t>()[i] = local.back().sample;
    local.back().sample = place_of.at(local.back().sample);
  }
  Errors shown = show_chosen(run, local, predictions.features.index_select(0, ids), options);
  errors.map_side = shown.map_side;
  std::map<std::size_t, MistakeCard> cards;
  for (std::size_t i = 0; i < places.size(); ++i) {
    cards[places[i]] = std::move(shown.mistakes[i]);
    cards[places[i]].mistake.sample = chosen[places[i]].sample;
  }
  return cards;
}

Errors errors_of_folds(const FoldPredictions& seen, const std::vector<std::string>& classes,
                       const ReportOptions& options, const std::function<OpenedRun(std::size_t fold)>& open) {
  Errors errors{.classes = classes, .confusion = explain::confusion_counts(seen.predictions)};
  const std::vector<Mistake> chosen = choose_mistakes(seen.predictions, options.mistakes);
  std::map<int, std::vector<std::size_t>> by_fold;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    by_fold[seen.fold_of[static_cast<std::size_t>(chosen[i].sample)]].push_back(i);
  std::map<std::size_t, MistakeCard> cards;
  for (const auto& [fold, places] : by_fold) {
    ReportOptions share = options;
    share.pictures = options.pictures * std::ssize(places) / std::ssize(chosen);
    cards.merge(cards_of_fold(open(static_cast<std::size_t>(fold)), chosen, places, seen.predictions, share, errors));
  }
  const std::map<std::int64_t, std::int64_t> ranks = suspect_ranks(seen.predictions);
  for (auto& [place, card] : cards) {
    if (const auto rank = ranks.find(card.mistake.sample); rank != ranks.end()) card.suspect = rank->second;
    errors.mistakes.push_back(std::move(card));
  }
  const std::int64_t all = seen.predictions.size();
  const auto wrong = std::ssize(explain::find_mistakes(seen.predictions));
  errors.notes.push_back(
      core::concatenate(wrong, " of ", core::counted(all, "picture"), (wrong == 1 ? " is" : " are"),
                        " mistaken, each by the network of the one fold that didn't train on it. Pictures of ",
                        std::ssize(errors.mistakes),
                        " are kept here; their heat (Grad-CAM) and nearest training images are by that network. A "
                        "picture's number is its "
                        "row in predictions.csv, from 0."));
  return errors;
}

}  // namespace

Page make_folds_page(const FoldsReport& report, const ReportOptions& options,
                     const std::function<OpenedRun(std::size_t fold)>& open) {
  RESLAB_ASSERT(!report.runs.empty() && std::ssize(report.seen.fold_of) == report.seen.predictions.size());
  const track::RunFolder& first = report.runs.front();
  const recipe::Recipe recipe = recipe::load_recipe(first.recipe().string());
  PageRun page{.name = report.name,
               .headlines = report.headlines,
               .recipe = recipe::recipe_entries(recipe),
               .environment = environment_entries(first)};
  std::vector<std::string> classes;
  {
    const OpenedRun opened = open(0);
    add_network(page, opened);  // the same in all folds
    classes = opened.classes();
  }
  page.errors = errors_of_folds(report.seen, classes, options, open);
  page.errors->notes.insert(page.errors->notes.begin(), report.notes.begin(), report.notes.end());
  page.missing.push_back(core::concatenate("Curves are of a network each: `reslab report ",
                                           (first.path.parent_path().filename() / first.name()).string(),
                                           "` shows the first fold's. The environment is the first fold's too."));
  return {.title = report.name,
          .subtitle = core::concatenate("Recipe ", recipe.name, " · ", core::counted(std::ssize(report.runs), "fold"),
                                        ", ", core::counted(report.seen.predictions.size(), "picture"),
                                        ", each predicted by a network that didn't train on it"),
          .made = made_line(),
          .runs = {std::move(page)}};
}

}  // namespace reslab::report
