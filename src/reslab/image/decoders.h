// One decoder a format: pixels as they are stored, not yet upright. The header was read and is within the limits; a
// decoder that is told another size by its library refuses the picture. Each throws PictureError.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "reslab/image/decode.h"

namespace reslab::image {

struct DecoderInput {
  std::span<const std::byte> bytes;
  std::string_view source;  ///< for messages
  Facts facts;
  const DecodeOptions& options;
};

/// Throws PictureError when width, height or their product is beyond the limits.
void check_limits(const Facts& facts, std::string_view source, const Limits& limits);

/// Waits until memory may be taken (DecodeOptions::memory).
inline void reserve_memory(const DecodeOptions& options, std::uint64_t bytes) {
  if (options.memory != nullptr) options.memory->grow(bytes);
}

DecodedImage decode_jpeg(const DecoderInput& input);
DecodedImage decode_png_picture(const DecoderInput& input);
DecodedImage decode_webp(const DecoderInput& input);
DecodedImage decode_bmp(const DecoderInput& input);
DecodedImage decode_tiff(const DecoderInput& input);

}  // namespace reslab::image
