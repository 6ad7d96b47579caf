// Comma-separated values as RFC 4180 has them.
#pragma once

#include <string>

#include "reslab/core/csv.h"

namespace reslab::report {

using core::csv_field;

/// The fewest digits that read back to the same value of that type.
std::string csv_number(double value);
std::string csv_number(float value);

}  // namespace reslab::report
