// Comma-separated values as RFC 4180 has them.
#pragma once

#include <string>
#include <string_view>

namespace reslab::report {

/// `text` as a field: in quotes, its own doubled, where it holds a comma, a quote or a line's end.
std::string csv_field(std::string_view text);

/// The fewest digits that read back to the same value of that type.
std::string csv_number(double value);
std::string csv_number(float value);

}  // namespace reslab::report
