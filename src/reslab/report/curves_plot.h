// How trainings went: loss and accuracy by epoch, learning rate and momentum by step; one run, or several over each
// other.
#pragma once

#include <string>
#include <vector>

#include "reslab/report/figure.h"

namespace reslab::report {

/// Loss (mean over samples) and accuracy ([0, 1]) by epoch; both as long as the epochs, or empty.
struct SplitCurves {
  std::vector<double> loss = {}, accuracy = {};
};

/// One run.
struct TrainingCurves {
  std::string name;                 ///< for the legend
  std::vector<double> epochs = {};  ///< from 1
  SplitCurves train = {}, test = {}, holdout = {};
  std::vector<double> steps = {}, lr = {}, momentum = {};  ///< of one length; may be empty
};

/// The original's two panels, 25 × 6 inches: loss and accuracy of the test set over epochs.
Figure validation_figure(const std::vector<TrainingCurves>& runs);

/// Four panels: loss and accuracy of training, test set and hold-out over epochs; learning rate and momentum over
/// steps.
Figure training_figure(const std::vector<TrainingCurves>& runs);

}  // namespace reslab::report
