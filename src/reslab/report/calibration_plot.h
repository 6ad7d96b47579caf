// A reliability diagram: accuracy over confidence, and how the confidences are spread.
#pragma once

#include <string>
#include <vector>

#include "reslab/explain/calibration.h"
#include "reslab/report/figure.h"

namespace reslab::report {

struct CalibrationPlot {
  std::string name = {};  ///< of the run
  explain::Calibration calibration = {};
};

/// One run with bars, several as lines over each other.
Figure calibration_figure(const std::vector<CalibrationPlot>& runs);

}  // namespace reslab::report
