// Source: ITU-T T.81, annex B (markers and their segments); Adobe Technical Note 5116 (the marker APP14);
// Exif 2.32, 4.7.
#include "reslab/image/byte_reader.h"
#include "reslab/image/headers.h"
#include "reslab/image/refusal.h"

namespace reslab::image {

namespace {

struct JpegMarkers {
  bool frame = false, adobe = false;
  std::uint32_t width = 0, height = 0, components = 0, bits = 0, transform = 0;
  Exif exif;
};

bool is_frame(std::uint32_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

void take_segment(const ByteReader& reader, std::uint32_t marker, std::uint64_t place, std::uint32_t length,
                  JpegMarkers& found) {
  if (is_frame(marker) && !found.frame && length >= 8) {
    found.frame = true;
    found.bits = reader.at(place + 2, 1);
    found.height = reader.at(place + 3, 2);
    found.width = reader.at(place + 5, 2);
    found.components = reader.at(place + 7, 1);
  } else if (marker == 0xE1 && reader.holds(place + 2, "Exif") && length > 8 && found.exif.state == ExifState::absent) {
    found.exif = read_exif(reader.part(place + 8, length - 8));
  } else if (marker == 0xEE && reader.holds(place + 2, "Adobe") && length >= 14) {
    found.adobe = true;
    found.transform = reader.at(place + 13, 1);
  }
}

// Everything before the first scan. Bytes that belong to no segment are passed over, as libjpeg does.
JpegMarkers read_markers(const ByteReader& reader) {
  JpegMarkers found;
  std::uint64_t place = 2;
  while (place + 1 < reader.size()) {
    if (reader.at(place, 1) != 0xFF) {
      ++place;
      continue;
    }
    const std::uint32_t marker = reader.at(place + 1, 1);
    if (marker == 0xFF) {
      ++place;
      continue;
    }
    place += 2;
    if (marker == 0xDA || marker == 0xD9) break;
    if (marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD7)) continue;
    const std::uint32_t length = reader.at(place, 2);
    if (length < 2) continue;
    take_segment(reader, marker, place, length, found);
    place += length;
  }
  return found;
}

}  // namespace

Facts jpeg_header(std::span<const std::byte> bytes, std::string_view source) {
  const JpegMarkers found = read_markers(ByteReader(bytes, true));
  if (!found.frame || found.width == 0 || found.height == 0)
    throw_unusable(Format::jpeg, source, found.frame ? "a size of 0 pixels" : "no size before the pixels or the end");
  if (found.components != 1 && found.components != 3 && found.components != 4)
    throw_unsupported_variant(Format::jpeg, source, core::concatenate(found.components, " components"));
  if (found.bits != 8) throw_unsupported_variant(Format::jpeg, source, core::concatenate(found.bits, " bits a sample"));
  const Colour four = found.adobe && found.transform == 2 ? Colour::ycck : Colour::cmyk;
  return {.format = Format::jpeg,
          .width = found.width,
          .height = found.height,
          .colour = found.components == 1   ? Colour::grey
                    : found.components == 3 ? Colour::rgb
                                            : four,
          .bits = 8,
          .exif = found.exif};
}

}  // namespace reslab::image
