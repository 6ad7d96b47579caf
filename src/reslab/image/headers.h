// The header of each format: its facts, or a PictureError that names `source`. Used by probe.h and by the decoders.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "reslab/image/probe.h"

namespace reslab::image {

Facts jpeg_header(std::span<const std::byte> bytes, std::string_view source);
Facts png_header(std::span<const std::byte> bytes, std::string_view source);
Facts webp_header(std::span<const std::byte> bytes, std::string_view source);
Facts bmp_header(std::span<const std::byte> bytes, std::string_view source);
Facts tiff_header(std::span<const std::byte> bytes, std::string_view source);

}  // namespace reslab::image
