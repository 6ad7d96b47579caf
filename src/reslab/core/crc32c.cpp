#include "reslab/core/crc32c.h"

#include <array>
#include <bit>
#include <cstring>

namespace reslab::core {
namespace {

constexpr std::size_t stride = 8;

// tables[k][b]: what the byte b contributes that k further bytes follow.
constexpr std::array<std::array<std::uint32_t, 256>, stride> make_tables() {
  std::array<std::array<std::uint32_t, 256>, stride> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78U : 0U);
    tables[0][byte] = value;
  }
  for (std::size_t k = 1; k < stride; ++k)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t value = tables[k - 1][byte];
      tables[k][byte] = (value >> 8) ^ tables[0][value & 0xFF];
    }
  return tables;
}

constexpr auto tables = make_tables();

static_assert(std::endian::native == std::endian::little, "eight bytes are taken as one little-endian number");

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) {
  std::uint32_t value = ~before;
  for (; bytes.size() >= stride; bytes = bytes.subspan(stride)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes.data(), stride);
    eight ^= value;
    value = 0;
    for (std::size_t k = 0; k < stride; ++k) value ^= tables[stride - 1 - k][(eight >> (8 * k)) & 0xFF];
  }
  for (const std::byte byte : bytes)
    value = (value >> 8) ^ tables[0][(value ^ std::to_integer<std::uint32_t>(byte)) & 0xFF];
  return ~value;
}

std::string hexadecimal(std::uint32_t value) {
  std::string text(8, '0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15];
  return text;
}

}  // namespace reslab::core
