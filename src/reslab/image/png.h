// PNG files, decoded within limits: the dimensions are read and checked before anything is allocated for the pixels, so
// that a few hundred bytes can't ask for gigabytes.
//
//   const augment::Image image = image::decode_png(core::read_bytes(path, limit), path.string());
//   core::DurableFile("copy.png").write(image::encode_png(image));
//
// The decoder is libspng. A build without it (RESLAB_HAS_PNG is not defined) has the same functions, and they throw a
// UserError that says what to install.
//
// Source: Portable Network Graphics (PNG) Specification, third edition, W3C 2025.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "reslab/augment/policy.h"

namespace reslab::image {

/// Bounds are included.
struct PngLimits {
  std::uint32_t width = 16'384, height = 16'384;   ///< pixels
  std::uint64_t pixels = std::uint64_t{64} << 20;  ///< width · height
};

/// Whether this build reads and writes PNG files.
bool has_png();

/// Any kind of PNG as 8-bit RGB (3 channels): grey is repeated, palettes are looked up, 16 bits are cut to 8, alpha is
/// left out. Throws UserError, naming `source`, for what is no whole PNG file or is beyond the limits.
augment::Image decode_png(std::span<const std::byte> bytes, std::string_view source, const PngLimits& limits = {});

/// `image` has 3 channels and at least one pixel.
std::vector<std::byte> encode_png(const augment::Image& image);

}  // namespace reslab::image
