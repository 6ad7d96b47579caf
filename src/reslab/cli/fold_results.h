// What the networks of a cross-validation say together: each picture predicted by the one that didn't train on it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "reslab/cli/opened_run.h"
#include "reslab/pictures/folded.h"
#include "reslab/report/folds_page.h"
#include "reslab/track/campaign.h"

namespace reslab::cli {

struct FoldResults {
  const pictures::Folded& folded;
  std::vector<track::RunFolder> runs;                       ///< by fold, from 0
  std::vector<track::CampaignRow> rows;                     ///< likewise
  std::function<report::OpenedRun(std::size_t fold)> open;  ///< on its test split
  std::filesystem::path folder;                             ///< of the campaign
  recipe::Recipe recipe;
};

/// Lets each fold's network predict its pictures, by the recipe's views.
report::FoldPredictions predict_folds(const FoldResults& results);

/// path,label,prediction,probability,fold, and the probability of every class: a row a picture, in the order of ids.
std::string predictions_csv(const pictures::Folded& folded, const explain::Predictions& predictions);

/// Writes predictions.csv and mistakes.csv, with `pictures` mistakes.png and report.html as well, and prints what the
/// folds gave, one by one and together.
void tell_results(const FoldResults& results, bool pictures);

}  // namespace reslab::cli
