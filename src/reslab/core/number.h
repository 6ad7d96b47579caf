// Numbers as texts, whatever the locale.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <type_traits>

namespace reslab::core {

/// The number that is all of `text`: nothing before it, not even a space or a plus, nothing after it, and in range.
/// Whole numbers in `base`.
template <typename Number>
std::optional<Number> parse(std::string_view text, int base = 10) {
  Number value{};
  const char* const last = text.data() + text.size();
  std::from_chars_result result{};
  if constexpr (std::is_integral_v<Number>)
    result = std::from_chars(text.data(), last, value, base);
  else
    result = std::from_chars(text.data(), last, value);
  if (result.ec != std::errc{} || result.ptr != last) return std::nullopt;
  return value;
}

}  // namespace reslab::core
