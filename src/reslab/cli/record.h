// `reslab bench RECIPE --record FILE`: a line on how well and how fast a recipe trains here, for others to compare with
// and to verify (benchmarks/verify_record).
#pragma once

#include "reslab/cli/training.h"

namespace reslab::cli {

struct RecordOptions {
  std::string file;           ///< CSV with a header (docs/formats.md); made where it isn't there
  std::string name = "";      ///< of the campaign's folder; "": "record-" and the recipe's name
  std::int64_t repeats = 10;  ///< seeds 1 to this, ≥ 1
};

/// Trains the seeds, or goes on with them, and adds the line to the file, durably. Throws UserError when the file holds
/// something else, when the recipe limits the batches, or when a seed was trained by another program, on another
/// processor or with other settings.
core::ExitCode add_record(const recipe::Recipe& recipe, const TrainingFlags& flags, const RecordOptions& options);

}  // namespace reslab::cli
