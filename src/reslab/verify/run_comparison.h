// Whether two runs of one recipe computed the same, to the bit and at every step: the oracle of a resumed run is the
// run that was never interrupted.
//
//   for (const std::string& line : verify::differences(uninterrupted, resumed)) …   // nothing: they are the same
#pragma once

#include <string>
#include <vector>

#include "reslab/track/run_folder.h"

namespace reslab::verify {

/// What in `found` isn't as in `expected`, one line each, at most ten of the rows of a file. Compared are: the bytes of
/// the weights and of the newest checkpoint (by SHA-256), the rows of metrics.csv and epochs.csv but for their times,
/// and the names of the files but for TensorBoard's and those of older checkpoints, which depend on when one was saved.
/// What an unfinished save left in `found`, or more than two checkpoints, count as differences. Throws UserError where
/// a file can't be read.
std::vector<std::string> differences(const track::RunFolder& expected, const track::RunFolder& found);

}  // namespace reslab::verify
