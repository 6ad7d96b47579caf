#include "reslab/core/quantity.h"

#include <array>
#include <cstdio>

namespace reslab::core {

std::string counted(std::int64_t count, std::string_view noun) {
  const bool takes_es = noun.ends_with("tch") || noun.ends_with("sh") || noun.ends_with('s') || noun.ends_with('x');
  return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : takes_es ? "es" : "s");
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t step = 1000;
  if (bytes < step) return std::to_string(bytes) + " B";
  constexpr std::array units{"kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes) / step;
  std::size_t unit = 0;
  // What is rounded to 1000.0 belongs to the next unit.
  for (; value >= 999.95 && unit + 1 < units.size(); ++unit) value /= step;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", value, units[unit]);
  return text.data();
}

}  // namespace reslab::core
