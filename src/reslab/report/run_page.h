// Fills a report from the folders of runs.
//
//   const report::Page page = report::make_report({track::find_run("", "runs")}, {}, {.open = …, .say = …});
//   core::write_file(run.path / "report.html", report::render_page(page));
#pragma once

#include <functional>
#include <vector>

#include "reslab/report/errors.h"

namespace reslab::report {

/// What a network says of its whole test set, where that is known already.
struct KnownPredictions {
  const OpenedRun* run = nullptr;
  const explain::Predictions* predictions = nullptr;  ///< with features
};

/// What environment.json of a run says, name by name.
std::vector<Entry> environment_entries(const track::RunFolder& run);

/// Adds the layers of the run's network and how many parameters it has.
void add_network(PageRun& page, const OpenedRun& run);

/// The last line of a page: by what it was made, and when.
std::string made_line();

/// Where a report takes networks and data from.
struct ReportSource {
  bool best = false;  ///< shows the weights of the epoch that was best on the hold-out
  std::function<OpenedRun(const track::RunFolder&)> open = {};  ///< of those weights; not called where `known` has them
  std::function<void(const std::string&)> say = {};             ///< gets a line before each thing that takes time
  KnownPredictions known = {};                                  ///< the first run's
};

/// What is shown of each run: headlines and curves from its files, mistakes from its weights. A run without weights or
/// without a finished epoch is shown as far as it goes, and says what is missing. Throws UserError where a file of a
/// run is damaged.
Page make_report(const std::vector<track::RunFolder>& runs, const ReportOptions& options, const ReportSource& source);

}  // namespace reslab::report
