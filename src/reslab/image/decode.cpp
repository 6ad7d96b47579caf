#include "reslab/image/decode.h"

#include "reslab/image/decoders.h"
#include "reslab/image/refusal.h"

namespace reslab::image {

void check_limits(const Facts& facts, std::string_view source, const Limits& limits) {
  const std::uint64_t pixels = std::uint64_t{facts.width} * facts.height;
  if (facts.width <= limits.width && facts.height <= limits.height && pixels <= limits.pixels) return;
  throw PictureError(Refusal::too_large, facts.format,
                     {.attempted = core::concatenate("read the picture ", source),
                      .found = core::concatenate(facts.width, " × ", facts.height, " pixels"),
                      .allowed = core::concatenate("at most ", limits.width, " × ", limits.height, ", and ",
                                                   limits.pixels, " pixels in all"),
                      .remedy = "make the picture smaller, raise the limit, or leave it out"});
}

namespace {

DecodedImage decode_as_stored(const DecoderInput& input) {
  switch (input.facts.format) {
    case Format::jpeg: return decode_jpeg(input);
    case Format::png: return decode_png_picture(input);
    case Format::webp: return decode_webp(input);
    case Format::bmp: return decode_bmp(input);
    case Format::tiff: return decode_tiff(input);
    default: throw_unsupported_format(input.facts.format, input.source);
  }
}

}  // namespace

DecodedImage decode(std::span<const std::byte> bytes, std::string_view source, const DecodeOptions& options) {
  RESLAB_ASSERT(options.channels == 0 || options.channels == 1 || options.channels == 3, options.channels, " channels");
  RESLAB_ASSERT(options.range16.low < options.range16.high, "an empty range of samples");
  const Facts facts = probe(bytes, source);
  if (!is_in_build(facts.format)) throw_unsupported_format(facts.format, source);
  check_limits(facts, source, options.limits);
  DecodedImage decoded = decode_as_stored({.bytes = bytes, .source = source, .facts = facts, .options = options});
  decoded.facts = facts;
  if (facts.exif.orientation != 1) reserve_memory(options, decoded.image.pixels.size());
  turn_upright(decoded.image, facts.exif.orientation);
  return decoded;
}

}  // namespace reslab::image
