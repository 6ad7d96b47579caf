// image::decode and image::probe, for pictures of one format.
#pragma once

#include <array>
#include <cstdlib>

#include "fuzz/target.h"
#include "reslab/image/decode.h"

namespace reslab::fuzz {

/// Reads `bytes` where they are of this format, with options that follow from their number.
inline void read_picture(std::span<const std::byte> bytes, image::Format format) {
  if (image::recognise(bytes) != format) return;
  image::DecodeOptions options;
  constexpr std::array channels{0, 1, 3};
  options.channels = channels.at(bytes.size() % 3);
  options.least_side = bytes.size() % 2 == 0 ? 0 : 16;
  // Small, so that a picture that is all right doesn't take the memory that a fault is known by.
  options.limits = {.width = 1024, .height = 1024, .pixels = 1 << 18};
  const image::Facts facts = image::probe(bytes, "input");
  const image::DecodedImage picture = image::decode(bytes, "input", options);
  const augment::Image& image = picture.image;
  if (facts.format != format || image.width < 1 || image.height < 1 || image.width > 1024 || image.height > 1024 ||
      image.width * image.height > (1 << 18) || image.pixels.size() != image.offset(image.height, 0))
    std::abort();
}

}  // namespace reslab::fuzz
