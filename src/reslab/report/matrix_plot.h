// A confusion matrix as a picture.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reslab/report/figure.h"

namespace reslab::report {

struct ConfusionPlot {
  std::string title = {};
  std::vector<std::string> classes = {};               ///< at least one
  std::vector<std::vector<std::int64_t>> counts = {};  ///< rows: true classes, columns: predicted ones
};

/// Colours are shares of the true class; each cell says how many samples it holds, where there is room (25 classes).
Figure confusion_figure(const ConfusionPlot& plot);

}  // namespace reslab::report
