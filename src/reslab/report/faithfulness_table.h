// The numbers of explain/faithfulness.h and explain/randomisation.h as text for people and as CSV.
#pragma once

#include <string>
#include <vector>

#include "reslab/explain/faithfulness.h"
#include "reslab/explain/randomisation.h"

namespace reslab::report {

struct MeasuredMaps {
  std::string layer, method, explained;  ///< explained: "predicted", "actual" or a class
  explain::Faithfulness faithfulness;
  std::vector<explain::RandomisedPart> randomisation;
};

/// Two tables with a line each on how to read them. At least one row; all have the same randomised parts.
std::string faithfulness_text(const std::vector<MeasuredMaps>& rows);

/// One header line, then a row a layer and class (docs/formats.md).
std::string faithfulness_csv(const std::vector<MeasuredMaps>& rows);

}  // namespace reslab::report
