#include "reslab/recipe/number.h"

#include <array>
#include <charconv>

#include "reslab/core/error.h"
#include "reslab/core/number.h"

namespace reslab::recipe {

std::string shortest_text(double number) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  RESLAB_ASSERT(error == std::errc{}, "no room for a number");
  return {buffer.data(), end};
}

std::optional<double> parse_number(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(' ') - begin + 1);
  return core::parse<double>(text);
}

std::optional<double> parse_fraction(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::optional<double> above = parse_number(text.substr(0, slash));
  const std::optional<double> below = parse_number(text.substr(slash + 1));
  if (!above || !below || *below == 0) return std::nullopt;
  return *above / *below;
}

}  // namespace reslab::recipe
