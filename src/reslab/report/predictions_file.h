// predictions.csv of a run: what its network says of each test sample, for comparisons with other runs.
//
//   core::write_file(run.predictions(), report::predictions_csv(splits.test, predictions));
//   const std::vector<PredictedClass> all = report::read_predictions(run.predictions());
//
// Columns: sample (its place in the split, from 0), actual and predicted (names of classes), probability (of the
// predicted one, in [0, 1]). CSV as RFC 4180 has it but for lines that end with LF alone.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reslab/data/split.h"
#include "reslab/explain/predictions.h"

namespace reslab::report {

struct PredictedClass {
  std::string actual, predicted;  ///< names of classes
};

/// `predictions`: of all of `samples`, in their order.
std::string predictions_csv(const data::Split& samples, const explain::Predictions& predictions);

/// By sample. Throws UserError where the file can't be read or isn't one of these.
std::vector<PredictedClass> read_predictions(const std::filesystem::path& file);

}  // namespace reslab::report
