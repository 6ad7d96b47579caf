// What a report shows of a run's mistakes: chosen, with class-activation maps and their nearest training images.
#pragma once

#include <cstdint>

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

/// Which of the mistakes are shown when there are more than `limit`: the foremost suspected labels, some of every cell
/// of the confusion matrix, and then those of the highest loss. The highest loss first.
std::vector<explain::Mistake> choose_mistakes(const explain::Predictions& predictions, std::int64_t limit);

}  // namespace reslab::report
