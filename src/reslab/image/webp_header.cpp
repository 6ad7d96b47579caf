// Source: RFC 9649 (WebP image format), 2.4 to 2.7 and 3.4 (lossless header); RFC 6386 (VP8), 9.1.
#include "reslab/image/byte_reader.h"
#include "reslab/image/headers.h"
#include "reslab/image/refusal.h"

namespace reslab::image {

namespace {

void take_webp_chunk(const ByteReader& reader, std::uint64_t place, std::uint64_t length, Facts& facts) {
  const std::uint64_t data = place + 8;
  if (reader.holds(place, "VP8X") && length >= 10) {
    const std::uint32_t flags = reader.at(data, 1);
    facts.alpha = (flags & 0x10U) != 0;
    facts.animated = (flags & 0x02U) != 0;
    facts.width = reader.at(data + 4, 3) + 1;
    facts.height = reader.at(data + 7, 3) + 1;
  } else if (reader.holds(place, "VP8L") && facts.width == 0 && reader.at(data, 1) == 0x2F) {
    const std::uint32_t packed = reader.at(data + 1, 4);
    facts.width = (packed & 0x3FFFU) + 1;
    facts.height = (packed >> 14 & 0x3FFFU) + 1;
    facts.alpha = (packed >> 28 & 1U) != 0;
  } else if (reader.holds(place, "VP8 ") && facts.width == 0 && reader.holds(data + 3, "\x9D\x01\x2A")) {
    facts.width = reader.at(data + 6, 2) & 0x3FFFU;
    facts.height = reader.at(data + 8, 2) & 0x3FFFU;
  } else if (reader.holds(place, "EXIF") && facts.exif.state == ExifState::absent) {
    // Some writers begin with the name that the block has in a JPEG file.
    const std::uint64_t name = reader.holds(data, "Exif") ? 6 : 0;
    facts.exif = read_exif(reader.part(data + name, length > name ? length - name : 0));
  }
}

}  // namespace

Facts webp_header(std::span<const std::byte> bytes, std::string_view source) {
  const ByteReader reader(bytes);
  Facts facts{.format = Format::webp};
  std::uint64_t place = 12;
  while (place + 8 <= reader.size()) {
    const std::uint64_t length = reader.at(place + 4, 4);
    take_webp_chunk(reader, place, length, facts);
    place += 8 + length + (length & 1U);
  }
  if (facts.width == 0 || facts.height == 0)
    throw_unusable(Format::webp, source, "no chunk that says its size", std::min<std::uint64_t>(reader.size(), 12));
  return facts;
}

}  // namespace reslab::image
