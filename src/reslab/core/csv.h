// Comma-separated values as RFC 4180 has them: how a field is written. pictures/csv_reader.h reads them.
#pragma once

#include <string>
#include <string_view>

namespace reslab::core {

/// `text` as a field: in quotes, its own doubled, where it holds a comma, a quote or a line's end.
std::string csv_field(std::string_view text);

}  // namespace reslab::core
