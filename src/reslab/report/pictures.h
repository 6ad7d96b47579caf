// What a training leaves behind to look at: figures, the gallery of mistakes, class-activation maps and the report.
// Each also has a subcommand of its own.
#pragma once

#include <functional>

#include "reslab/report/opened_run.h"

namespace reslab::report {

struct PictureOptions {
  std::int64_t limit_samples = 0;   ///< only the first samples of each split; 0 for all
  bool quiet = false;               ///< say nothing while all goes well
  std::function<bool()> stop = {};  ///< asked before each of them; true leaves out those that aren't made yet
};

/// Writes plots/, mistakes.png, mistakes.csv, explain-LAYER.png and report.html into the run's folder, and says what it
/// is at on standard error. The network looks at the test set once for all of them. What can't be made (no mistakes, no
/// gnuplot) is said and left out. Requires: the run has a folder, and is opened on its test set. Returns whether all
/// was made.
bool write_pictures(OpenedRun run, const PictureOptions& options = {});

}  // namespace reslab::report
