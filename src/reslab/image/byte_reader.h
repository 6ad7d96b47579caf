// Numbers out of bytes that may end anywhere: each read says whether the bytes were there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace reslab::image {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes, bool big_endian = false)
      : bytes_(bytes), big_endian_(big_endian) {}

  std::size_t size() const { return bytes_.size(); }

  /// The unsigned number of `width` bytes (1 to 8) at `place`; nothing when it isn't wholly there.
  std::optional<std::uint64_t> number(std::uint64_t place, std::size_t width) const {
    if (place > bytes_.size() || bytes_.size() - place < width) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const std::size_t at = static_cast<std::size_t>(place) + (big_endian_ ? i : width - 1 - i);
      value = value << 8 | static_cast<std::uint64_t>(bytes_[at]);
    }
    return value;
  }

  /// Likewise, for places that are known to be there: 0 otherwise.
  std::uint32_t at(std::uint64_t place, std::size_t width) const {
    return static_cast<std::uint32_t>(number(place, width).value_or(0));
  }

  bool holds(std::uint64_t place, std::string_view text) const {
    return place <= bytes_.size() && std::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size())
                                         .substr(place)
                                         .starts_with(text);
  }

  /// `length` bytes from `place` on, or as many as there are.
  std::span<const std::byte> part(std::uint64_t place, std::uint64_t length) const {
    if (place >= bytes_.size()) return {};
    const std::size_t left = bytes_.size() - static_cast<std::size_t>(place);
    return bytes_.subspan(static_cast<std::size_t>(place), length < left ? static_cast<std::size_t>(length) : left);
  }

 private:
  std::span<const std::byte> bytes_;
  bool big_endian_;
};

}  // namespace reslab::image
