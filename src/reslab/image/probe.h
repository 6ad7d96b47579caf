// What a picture's header says, without decoding its pixels: for a quick look at many files. It needs no library, so it
// also works for formats that this build can't decode.
//
//   const image::Facts facts = image::probe(bytes, path.string());
//   const augment::Size size = facts.upright_size();
//
// All functions are pure and may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "reslab/augment/policy.h"
#include "reslab/image/exif.h"
#include "reslab/image/format.h"

namespace reslab::image {

/// How the file stores colours. A YCbCr file counts as rgb: that is what it is decoded to.
enum class Colour : std::uint8_t { grey, rgb, palette, cmyk, ycck };

std::string_view name_of(Colour colour);

struct Facts {
  Format format = Format::unknown;
  std::uint32_t width = 0, height = 0;  ///< pixels, as stored: before the orientation is applied
  Colour colour = Colour::rgb;
  int bits = 8;             ///< of a sample, or of an index into a palette: 1 to 16
  bool alpha = false;       ///< an alpha channel, or a palette or colour that is transparent
  bool animated = false;    ///< several frames that make a film (WebP)
  bool more_pages = false;  ///< others behind the first page (TIFF)
  Exif exif;                ///< the orientation, 1 where there is none

  /// Pixels, when it stands upright.
  augment::Size upright_size() const {
    const augment::Size stored{.height = static_cast<int>(height), .width = static_cast<int>(width)};
    return exchanges_sides(exif.orientation) ? augment::Size{.height = stored.width, .width = stored.height} : stored;
  }
};

/// Reads the header alone; `bytes` is the whole file all the same, since some formats keep facts at its end. Throws
/// PictureError (image/refusal.h), naming `source`, for what isn't one of the decodable formats, or has no whole
/// header, or a size of 0. It doesn't look at limits, and a picture that it accepts may still be broken behind its
/// header.
Facts probe(std::span<const std::byte> bytes, std::string_view source);

}  // namespace reslab::image
