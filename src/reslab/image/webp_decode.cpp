#include "reslab/image/canvas.h"
#include "reslab/image/decoders.h"
#include "reslab/image/refusal.h"
#ifdef RESLAB_HAS_WEBP
#include <webp/decode.h>
#endif

namespace reslab::image {

#ifdef RESLAB_HAS_WEBP

namespace {

struct WebpDecoderDeleter {
  void operator()(WebPIDecoder* decoder) const { WebPIDelete(decoder); }
};

std::string webp_reason(VP8StatusCode code) {
  switch (code) {
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA: return "the file ends before the picture does";
    case VP8_STATUS_OUT_OF_MEMORY: return "libwebp had too little memory";
    case VP8_STATUS_UNSUPPORTED_FEATURE: return "libwebp knows no such kind of WebP";
    default: return "libwebp finds an error in the compressed pixels";
  }
}

// Describes `pixels`, rows of `samples` bytes a pixel without gaps, to libwebp.
WebPDecBuffer buffer_over(std::vector<std::uint8_t>& pixels, int width, bool alpha) {
  WebPDecBuffer buffer;
  RESLAB_ASSERT(WebPInitDecBuffer(&buffer) != 0, "libwebp has another version than its header");
  buffer.colorspace = alpha ? MODE_RGBA : MODE_RGB;
  buffer.is_external_memory = 1;
  buffer.u.RGBA.rgba = pixels.data();
  buffer.u.RGBA.stride = width * (alpha ? 4 : 3);
  buffer.u.RGBA.size = pixels.size();
  return buffer;
}

struct WebpRows {
  VP8StatusCode status = VP8_STATUS_OK;
  int rows = 0;  // that are there
};

WebpRows decode_webp_rows(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& pixels, int width, int height,
                          bool alpha) {
  WebPDecoderConfig config;
  RESLAB_ASSERT(WebPInitDecoderConfig(&config) != 0, "libwebp has another version than its header");
  config.output = buffer_over(pixels, width, alpha);
  const VP8StatusCode status = WebPDecode(bytes.data(), bytes.size(), &config);
  if (status == VP8_STATUS_OK) return {status, height};
  // Once more, row by row, for what there is.
  WebPDecBuffer buffer = buffer_over(pixels, width, alpha);
  const std::unique_ptr<WebPIDecoder, WebpDecoderDeleter> decoder(WebPINewDecoder(&buffer));
  if (decoder == nullptr) return {VP8_STATUS_OUT_OF_MEMORY, 0};
  WebPIUpdate(decoder.get(), bytes.data(), bytes.size());
  int rows = 0;
  if (WebPIDecGetRGB(decoder.get(), &rows, nullptr, nullptr, nullptr) == nullptr) rows = 0;
  return {status, rows};
}

}  // namespace

DecodedImage decode_webp(const DecoderInput& input) {
  const std::span<const std::uint8_t> bytes{reinterpret_cast<const std::uint8_t*>(input.bytes.data()),
                                            input.bytes.size()};
  WebPBitstreamFeatures features;
  const VP8StatusCode status = WebPGetFeatures(bytes.data(), bytes.size(), &features);
  if (status != VP8_STATUS_OK) throw_unusable(Format::webp, input.source, webp_reason(status), bytes.size());
  if (features.has_animation != 0 || input.facts.animated)
    throw_unsupported_variant(Format::webp, input.source, "an animation");
  Facts facts = input.facts;
  facts.width = static_cast<std::uint32_t>(features.width);
  facts.height = static_cast<std::uint32_t>(features.height);
  check_limits(facts, input.source, input.options.limits);
  const bool alpha = features.has_alpha != 0;
  const CanvasLayout layout{.height = features.height, .width = features.width, .colours = 3, .alpha = alpha};
  const std::size_t row = static_cast<std::size_t>(features.width) * static_cast<std::size_t>(layout.samples());
  // libwebp's own: 4 bytes a pixel for lossless colours, and one for alpha.
  const std::uint64_t area = std::uint64_t{facts.width} * facts.height;
  reserve_memory(input.options, (static_cast<std::uint64_t>(layout.samples()) + 5) * area);
  std::vector<std::uint8_t> pixels(row * static_cast<std::size_t>(features.height));
  const WebpRows decoded = decode_webp_rows(bytes, pixels, features.width, features.height, alpha);
  std::optional<std::uint64_t> place;
  if (decoded.status == VP8_STATUS_SUSPENDED || decoded.status == VP8_STATUS_NOT_ENOUGH_DATA) place = bytes.size();
  if (decoded.rows == 0) throw_unusable(Format::webp, input.source, webp_reason(decoded.status), place);
  Canvas canvas(layout, input.options);
  for (int i = 0; i < decoded.rows; ++i) canvas.put(i, pixels.data() + static_cast<std::size_t>(i) * row);
  DecodedImage result{.image = canvas.take()};
  if (decoded.status != VP8_STATUS_OK) result.damage = Damage{.reason = webp_reason(decoded.status), .byte = place};
  return result;
}

#else

DecodedImage decode_webp(const DecoderInput& input) { throw_unsupported_format(Format::webp, input.source); }

#endif

}  // namespace reslab::image
