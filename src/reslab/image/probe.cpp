#include "reslab/image/probe.h"

#include "reslab/image/headers.h"
#include "reslab/image/refusal.h"

namespace reslab::image {

std::string_view name_of(Colour colour) {
  switch (colour) {
    case Colour::grey: return "grey";
    case Colour::rgb: return "RGB";
    case Colour::palette: return "palette";
    case Colour::cmyk: return "CMYK";
    case Colour::ycck: return "YCCK";
  }
  RESLAB_ASSERT(false, "colour ", static_cast<int>(colour));
  return "";
}

Facts probe(std::span<const std::byte> bytes, std::string_view source) {
  const Format format = recognise(bytes);
  switch (format) {
    case Format::jpeg: return jpeg_header(bytes, source);
    case Format::png: return png_header(bytes, source);
    case Format::webp: return webp_header(bytes, source);
    case Format::bmp: return bmp_header(bytes, source);
    case Format::tiff: return tiff_header(bytes, source);
    default: throw_unsupported_format(format, source);
  }
}

}  // namespace reslab::image
