// What a network gets wrong, as pictures and as a table.
//
//   report::write_mistakes(run.path, {.samples = splits.test, .predictions = predictions, .mistakes = mistakes});
//
// writes mistakes.png, the original's gallery (the first 20 in 5 columns, "actual : cat" above "predicted : dog", in
// true colours), and mistakes.csv, a row a mistake; with neighbours also mistakes-neighbours.png, a row a mistake with
// the training images that the network finds most like it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "reslab/data/split.h"
#include "reslab/explain/mistakes.h"
#include "reslab/explain/neighbours.h"
#include "reslab/report/written_files.h"

namespace reslab::report {

struct MistakesReport {
  const data::Split& samples;               ///< what the predictions are of
  const explain::Predictions& predictions;  ///< of all samples
  std::vector<explain::Mistake> mistakes;   ///< at least one
  std::string name = "mistakes";            ///< of the files
  std::string title = {};                   ///< of the galleries; "": the data set's name and the number of mistakes
  std::int64_t count = 20;                  ///< in the galleries, ≥ 1
  data::ImageFit fit = {};                  ///< as the network gets the samples
  /// Where the file of a sample is, by its id: a column of the CSV file. Empty where samples aren't files.
  std::function<std::string(std::int64_t id)> file_of = {};
  const data::Split* train = nullptr;                            ///< where the neighbours come from
  std::vector<std::vector<explain::Neighbour>> neighbours = {};  ///< none, or by mistake
};

/// Throws UserError when a file can't be written.
WrittenFiles write_mistakes(const std::filesystem::path& folder, const MistakesReport& report);

/// The pieces.
Gallery mistakes_gallery(const MistakesReport& report);
Gallery neighbours_gallery(const MistakesReport& report);

/// One header line, then a row a mistake (docs/formats.md). Fields with commas, quotes or line ends are quoted.
std::string mistakes_csv(const MistakesReport& report);

/// "actual : cat\npredicted : dog".
std::string original_title(const explain::Mistake& mistake, const std::vector<std::string>& classes);

}  // namespace reslab::report
