#include "reslab/core/base64.h"

#include <cstdint>
#include <string_view>

namespace reslab::core {

std::string base64(std::span<const std::byte> bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto byte = [&](std::size_t i) {
      return at + i < bytes.size() ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0U;
    };
    const std::uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (int shift = 18; shift >= 0; shift -= 6) text += letters[group >> shift & 63];
    for (std::size_t missing = at + 3; missing > bytes.size(); --missing)
      text[text.size() - (missing - bytes.size())] = '=';
  }
  return text;
}

}  // namespace reslab::core
