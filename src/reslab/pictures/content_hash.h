// SHA-256 of a file's content, as 32 bytes that are compared and ordered as such.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace reslab::pictures {

struct ContentHash {
  std::array<std::uint8_t, 32> bytes{};

  friend auto operator<=>(const ContentHash&, const ContentHash&) = default;

  /// 64 lower-case hexadecimal digits.
  std::string hex() const;
};

/// Requires: 64 lower-case hexadecimal digits, as core::Sha256 gives them.
ContentHash content_hash(std::string_view hex);

/// Nothing for any other text.
std::optional<ContentHash> parse_content_hash(std::string_view hex);

/// For unordered containers: the bytes are uniform already.
struct ContentHasher {
  std::size_t operator()(const ContentHash& hash) const {
    std::size_t value = 0;
    std::memcpy(&value, hash.bytes.data(), sizeof value);
    return value;
  }
};

}  // namespace reslab::pictures
