#include "reslab/pictures/content_hash.h"

#include "reslab/core/error.h"
#include "reslab/core/number.h"

namespace reslab::pictures {

std::string ContentHash::hex() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) text.append({digits[byte >> 4], digits[byte & 15U]});
  return text;
}

std::optional<ContentHash> parse_content_hash(std::string_view hex) {
  ContentHash hash;
  if (hex.size() != 2 * hash.bytes.size()) return std::nullopt;
  if (hex.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  for (std::size_t i = 0; i < hash.bytes.size(); ++i)
    hash.bytes[i] = core::parse<std::uint8_t>(hex.substr(2 * i, 2), 16).value();
  return hash;
}

ContentHash content_hash(std::string_view hex) {
  const std::optional<ContentHash> hash = parse_content_hash(hex);
  RESLAB_ASSERT(hash.has_value());
  return *hash;
}

}  // namespace reslab::pictures
