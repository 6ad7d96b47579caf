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

// A zero has no sign.
std::string csv_number(double value) { return shortest(value + 0.0); }
std::string csv_number(float value) { return shortest(value + 0.0F); }

}  // namespace reslab::report
