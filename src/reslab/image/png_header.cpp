// Source: Portable Network Graphics (PNG) Specification, third edition, W3C 2025, sections 5 and 11, annex D (CRC).
#include <array>

#include "reslab/image/byte_reader.h"
#include "reslab/image/headers.h"
#include "reslab/image/refusal.h"

namespace reslab::image {

namespace {

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t rest = byte;
    for (int i = 0; i < 8; ++i) rest = (rest >> 1) ^ ((rest & 1U) != 0 ? 0xEDB88320U : 0U);
    table.at(byte) = rest;
  }
  return table;
}

std::uint32_t png_crc(std::span<const std::byte> bytes) {
  static constexpr std::array<std::uint32_t, 256> table = crc_table();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::byte byte : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<std::uint32_t>(byte)) & 0xFFU];
  return ~crc;
}

// The block and whether its sum is right. `place` is that of the chunk's length.
Exif exif_chunk(const ByteReader& reader, std::uint64_t place, std::uint32_t length) {
  const std::span<const std::byte> block = reader.part(place + 8, length);
  const auto sum = reader.number(place + 8 + length, 4);
  if (!sum || *sum != png_crc(reader.part(place + 4, std::uint64_t{4} + length))) return {.state = ExifState::broken};
  return read_exif(block);
}

}  // namespace

Facts png_header(std::span<const std::byte> bytes, std::string_view source) {
  const ByteReader reader(bytes, true);
  constexpr std::uint64_t first = 8;  // behind the signature
  if (reader.size() < first + 25 || reader.at(first, 4) != 13 || !reader.holds(first + 4, "IHDR"))
    throw_unusable(Format::png, source, "no header chunk (IHDR)", std::min<std::size_t>(reader.size(), first));
  Facts facts{.format = Format::png, .width = reader.at(16, 4), .height = reader.at(20, 4)};
  facts.bits = static_cast<int>(reader.at(24, 1));
  const std::uint32_t kind = reader.at(25, 1);
  if (facts.width == 0 || facts.height == 0 || facts.width > 0x7FFFFFFFU || facts.height > 0x7FFFFFFFU || kind > 6 ||
      facts.bits < 1 || facts.bits > 16)
    throw_unusable(Format::png, source, "a header chunk (IHDR) that means nothing", first);
  facts.colour = kind == 3 ? Colour::palette : (kind & 2U) != 0 ? Colour::rgb : Colour::grey;
  facts.alpha = (kind & 4U) != 0;
  std::uint64_t place = first;
  while (place + 8 <= reader.size()) {
    const std::uint32_t length = reader.at(place, 4);
    if (reader.holds(place + 4, "tRNS")) facts.alpha = true;
    if (reader.holds(place + 4, "eXIf") && facts.exif.state == ExifState::absent)
      facts.exif = exif_chunk(reader, place, length);
    if (reader.holds(place + 4, "IEND")) break;
    place += std::uint64_t{12} + length;
  }
  return facts;
}

}  // namespace reslab::image
