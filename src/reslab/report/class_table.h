// The measures of each class as CSV (docs/formats.md).
#pragma once

#include <string>
#include <vector>

#include "reslab/explain/class_measures.h"

namespace reslab::report {

/// The names of the columns, without a line's end.
extern const char* const class_columns;

/// A line a class: what `before` holds, and the fields of `class_columns`. classes: names by label, as many as
/// measures.classes. What isn't defined is an empty field.
std::string class_rows(const explain::Measures& measures, const std::vector<std::string>& classes,
                       const std::string& before = "");

}  // namespace reslab::report
