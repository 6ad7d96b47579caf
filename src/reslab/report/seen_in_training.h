// Test pictures that the network was trained on: in a split that was given, the same file may lie in both folders, and
// the accuracy then promises too much.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>

#include "reslab/explain/class_measures.h"
#include "reslab/report/opened_run.h"

namespace reslab::report {

struct SeenInTraining {
  std::int64_t samples = 0;          ///< of the test, that occur in training or its hold-out as well
  explain::Proportion without = {};  ///< of the others, those that are right
};

/// right: [samples], bool, CPU, of run.split(). Nothing where that isn't the test, or no such pictures are known of.
std::optional<SeenInTraining> seen_in_training(const OpenedRun& run, const at::Tensor& right);

/// "3 of the 40 test pictures are, to the byte, pictures of the training or its hold-out as well; without them 91.89 %
/// (34 of 37) are right".
std::string describe(const SeenInTraining& seen);

}  // namespace reslab::report
