// The page of a cross-validation: what the networks of all folds get wrong, each on the pictures that it didn't train
// on, as if one network had looked at all of them.
//
//   core::write_file(campaign / "report.html", report::render_page(report::make_folds_page(folds, {}, open)));
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "reslab/explain/predictions.h"
#include "reslab/report/errors.h"
#include "reslab/report/page.h"

namespace reslab::report {

/// What the networks say of all pictures. Rows of `predictions` are pictures by id, with features.
struct FoldPredictions {
  explain::Predictions predictions;
  std::vector<int> fold_of;  ///< of each picture, from 0
};

struct FoldsReport {
  std::string name;                     ///< of the campaign
  const FoldPredictions& seen;          ///< of all pictures
  std::vector<track::RunFolder> runs;   ///< by fold
  std::vector<Headline> headlines;      ///< the first one is the largest
  std::vector<std::string> notes = {};  ///< sentences on the figures
};

/// `open` gives the network of a fold (from 0) and its data; one at a time is open. Class-activation maps and nearest
/// training images of a mistake are by the network that made it.
Page make_folds_page(const FoldsReport& report, const ReportOptions& options,
                     const std::function<OpenedRun(std::size_t fold)>& open);

}  // namespace reslab::report
