#include "reslab/report/csv.h"

#include <array>
#include <charconv>

namespace reslab::report {
namespace {

template <typename Number>
std::string shortest(Number value) {
  std::array<char, 40> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

// A zero has no sign.
std::string csv_number(double value) { return shortest(value + 0.0); }
std::string csv_number(float value) { return shortest(value + 0.0F); }

}  // namespace reslab::report
