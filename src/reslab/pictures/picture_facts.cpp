#include "reslab/pictures/picture_facts.h"

#include <cstdio>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/pictures/number_bytes.h"
#ifdef RESLAB_HAS_JPEG
#include <jpeglib.h>
#endif
#ifdef RESLAB_HAS_PNG
#include <spng.h>
#endif
#ifdef RESLAB_HAS_WEBP
#include <webp/decode.h>
#endif
#ifdef RESLAB_HAS_TIFF
#include <tiffio.h>
#endif

namespace reslab::pictures {
namespace {

constexpr std::size_t most_reason_bytes = 1000;
constexpr int most_side = 1 << 30;

// Of refusals the place and the remedy are found again when they are told.
PictureFacts refused(const image::PictureError& error) {
  return {.verdict = Verdict::refused,
          .refusal = error.refusal(),
          .format = error.format(),
          .reason = error.parts().found.substr(0, most_reason_bytes)};
}

void append_range(std::string& value, const std::optional<image::SampleRange>& range) {
  append_number<std::uint8_t>(value, range ? 1 : 0);
  append_number<std::uint16_t>(value, range ? range->low : 0);
  append_number<std::uint16_t>(value, range ? range->high : 0);
}

// Whether numbers from a file are values of their types, and agree.
bool are_valid(const PictureFacts& facts) {
  if (facts.verdict > Verdict::refused || facts.refusal > image::Refusal::unusable) return false;
  if (static_cast<int>(facts.format) >= image::formats || facts.colour > image::Colour::ycck) return false;
  if (facts.reason.size() > most_reason_bytes || facts.bits < 1 || facts.bits > 16) return false;
  if (facts.orientation < 1 || facts.orientation > 8) return false;
  if (facts.stored_range && facts.stored_range->low > facts.stored_range->high) return false;
  const auto is_side = [](int side) { return side >= 1 && side <= most_side; };
  return facts.verdict == Verdict::refused || (is_side(facts.size.height) && is_side(facts.size.width));
}

}  // namespace

bool operator==(const PictureFacts& a, const PictureFacts& b) { return encode_facts(a) == encode_facts(b); }

PictureFacts examine_picture(std::span<const std::byte> bytes, std::string_view source, const image::Limits& limits,
                             core::MemoryShare* memory) {
  try {
    const image::DecodedImage decoded = image::decode(bytes, source, {.limits = limits, .memory = memory});
    PictureFacts facts{.format = decoded.facts.format,
                       .size = {decoded.image.height, decoded.image.width},
                       .colour = decoded.facts.colour,
                       .grey = decoded.image.channels == 1,
                       .alpha = decoded.facts.alpha,
                       .bits = decoded.facts.bits,
                       .orientation = static_cast<int>(decoded.facts.exif.orientation),
                       .stored_range = decoded.stored_range};
    if (decoded.damage) facts.verdict = Verdict::damaged;
    if (const auto& wrong = decoded.damage ? decoded.damage : decoded.oddity) {
      facts.reason = wrong->reason.substr(0, most_reason_bytes);
      facts.byte = wrong->byte;
    }
    return facts;
  } catch (const image::PictureError& error) {
    return refused(error);
  }
}

std::string encode_facts(const PictureFacts& facts) {
  std::string value;
  append_number<std::uint8_t>(value, static_cast<std::uint8_t>(facts.verdict));
  append_number<std::uint8_t>(value, static_cast<std::uint8_t>(facts.refusal));
  append_number<std::uint8_t>(value, static_cast<std::uint8_t>(facts.format));
  append_number<std::uint8_t>(value, static_cast<std::uint8_t>(facts.colour));
  append_number<std::uint8_t>(value, static_cast<std::uint8_t>((facts.grey ? 1 : 0) | (facts.alpha ? 2 : 0)));
  append_number<std::uint8_t>(value, static_cast<std::uint8_t>(facts.bits));
  append_number<std::uint8_t>(value, static_cast<std::uint8_t>(facts.orientation));
  append_number<std::int32_t>(value, facts.size.height);
  append_number<std::int32_t>(value, facts.size.width);
  append_range(value, facts.stored_range);
  append_number<std::uint8_t>(value, facts.byte ? 1 : 0);
  append_number<std::uint64_t>(value, facts.byte.value_or(0));
  return value + facts.reason;
}

std::optional<PictureFacts> decode_facts(std::string_view value) {
  NumberReader reader(value);
  PictureFacts facts;
  facts.verdict = static_cast<Verdict>(reader.take<std::uint8_t>());
  facts.refusal = static_cast<image::Refusal>(reader.take<std::uint8_t>());
  facts.format = static_cast<image::Format>(reader.take<std::uint8_t>());
  facts.colour = static_cast<image::Colour>(reader.take<std::uint8_t>());
  const auto flags = reader.take<std::uint8_t>();
  facts.grey = (flags & 1U) != 0;
  facts.alpha = (flags & 2U) != 0;
  facts.bits = reader.take<std::uint8_t>();
  facts.orientation = reader.take<std::uint8_t>();
  facts.size.height = reader.take<std::int32_t>();
  facts.size.width = reader.take<std::int32_t>();
  const bool has_range = reader.take<std::uint8_t>() != 0;
  const auto low = reader.take<std::uint16_t>(), high = reader.take<std::uint16_t>();
  if (has_range) facts.stored_range = image::SampleRange{.low = low, .high = high};
  const bool has_byte = reader.take<std::uint8_t>() != 0;
  const auto byte = reader.take<std::uint64_t>();
  if (has_byte) facts.byte = byte;
  if (reader.failed() || reader.rest().size() > most_reason_bytes) return std::nullopt;
  facts.reason = std::string(reader.rest());
  if (!are_valid(facts)) return std::nullopt;
  return facts;
}

std::string decoders_text() {
  std::string text;
#ifdef RESLAB_HAS_JPEG
#ifdef LIBJPEG_TURBO_VERSION_NUMBER
  text += core::concatenate("libjpeg-turbo ", LIBJPEG_TURBO_VERSION_NUMBER, '\n');
#else
  text += core::concatenate("libjpeg ", JPEG_LIB_VERSION, '\n');
#endif
#endif
#ifdef RESLAB_HAS_PNG
  text += core::concatenate("libspng ", spng_version_string(), '\n');
#endif
#ifdef RESLAB_HAS_WEBP
  text += core::concatenate("libwebp ", WebPGetDecoderVersion(), '\n');
#endif
#ifdef RESLAB_HAS_TIFF
  text += core::concatenate("libtiff ", TIFFLIB_VERSION, '\n');
#endif
  return text;
}

std::string facts_about(const image::Limits& limits) {
  return core::concatenate("limits ", limits.width, ' ', limits.height, ' ', limits.pixels, '\n', decoders_text());
}

}  // namespace reslab::pictures
