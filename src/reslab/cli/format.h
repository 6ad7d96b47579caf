// printf's formats into a string, for columns and figures of a fixed width.
#pragma once

#include <array>
#include <cstdio>
#include <string>

namespace reslab::cli {

/// At most 255 bytes; what is longer is cut.
template <typename... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(), pattern, values...);
  return text.data();
}

}  // namespace reslab::cli
