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

ContentHash content_hash(std::string_view hex) {
  ContentHash hash;
  RESLAB_ASSERT(hex.size() == 2 * hash.bytes.size());
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
    const auto byte = core::parse<std::uint8_t>(hex.substr(2 * i, 2), 16);
    RESLAB_ASSERT(byte.has_value());
    hash.bytes[i] = *byte;
  }
  return hash;
}

}  // namespace reslab::pictures
