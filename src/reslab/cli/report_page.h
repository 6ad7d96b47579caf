// Fills a report from the folders of runs.
//
//   const report::Page page = make_report({track::find_run("", "runs")}, flags, {}, [](const std::string& line) {…});
//   core::write_file(run.path / "report.html", report::render_page(page));
#pragma once

#include <functional>
#include <vector>

#include "reslab/cli/report_errors.h"

namespace reslab::cli {

/// What a network says of its whole test set, where that is known already.
struct KnownPredictions {
  const OpenedRun* run = nullptr;
  const explain::Predictions* predictions = nullptr;  ///< with features
};

/// What is shown of each run: headlines and curves from its files, mistakes from its weights. A run without weights or
/// without a finished epoch is shown as far as it goes, and says what is missing. `flags.run` isn't used. `say` gets a
/// line before each thing that takes time. `known` is the first run's. Throws UserError where a file of a run is
/// damaged.
report::Page make_report(const std::vector<track::RunFolder>& runs, const RunFlags& flags, const ReportOptions& options,
                         const std::function<void(const std::string&)>& say, const KnownPredictions& known = {});

}  // namespace reslab::cli
