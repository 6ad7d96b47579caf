// What a report shows of a run's mistakes: chosen, with class-activation maps and their nearest training images.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "reslab/explain/predictions.h"
#include "reslab/report/opened_run.h"
#include "reslab/report/page.h"

namespace reslab::report {

struct ReportOptions {
  std::int64_t mistakes = 400;         ///< shown with pictures, ≥ 0; shared by the runs of a report
  std::int64_t pictures = 1200;        ///< in all, nearest training images included; shared likewise
  std::int64_t nearest = 3;            ///< training images with a mistake, ≥ 0
  std::int64_t nearest_among = 10000;  ///< training images looked through, evenly spread; ≥ 0; 0: none are shown
  std::string layer = {};              ///< of the class-activation maps; "": their default
};

/// Collects what the run's network gets wrong. `predictions`: on all of run.split(), with features.
report::Errors collect_errors(const OpenedRun& run, const explain::Predictions& predictions,
                              const ReportOptions& options);

/// The same for mistakes that are chosen already (at least one), among those of several networks: without the confusion
/// matrix and the ranks of suspected labels, which are of all networks together. Cards are in the order of `chosen`.
/// `features`: [chosen, channels], as explain::Predictions has them.
report::Errors show_chosen(const OpenedRun& run, const std::vector<explain::Mistake>& chosen,
                           const at::Tensor& features, const ReportOptions& options);

/// The rank of each suspected label, from 1, by its sample.
std::map<std::int64_t, std::int64_t> suspect_ranks(const explain::Predictions& predictions);

/// Which of the mistakes are shown when there are more than `limit`: the foremost suspected labels, some of every cell
/// of the confusion matrix, and then those of the highest loss. The highest loss first.
std::vector<explain::Mistake> choose_mistakes(const explain::Predictions& predictions, std::int64_t limit);

}  // namespace reslab::report
