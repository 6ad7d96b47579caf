// The measures of each class, as `reslab evaluate` prints them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "reslab/explain/class_measures.h"

namespace reslab::cli {

/// A line on the whole and a table of the classes; classes: names by label. What isn't defined is "-".
std::string class_text(const explain::Measures& measures, const std::vector<std::string>& classes);

/// Adds the same to an object, under names of its own; what isn't defined is null.
void add_class_measures(nlohmann::json& json, const explain::Measures& measures,
                        const std::vector<std::string>& classes);

}  // namespace reslab::cli
