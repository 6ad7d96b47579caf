// What the headers of a BMP file say.
//
// Source: Microsoft, "Bitmap Storage" (BITMAPFILEHEADER, BITMAPCOREHEADER, BITMAPINFOHEADER, BITMAPV4HEADER,
// BITMAPV5HEADER), and OS/2's BITMAPINFOHEADER2.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace reslab::image {

struct BmpLayout {
  std::uint32_t width = 0, height = 0;  ///< pixels, at least 1
  bool top_down = false;
  int bits = 0;                                      ///< a pixel: 1, 4, 8, 16, 24 or 32
  std::uint64_t pixels = 0;                          ///< where they begin, in bytes of the file
  std::uint64_t stride = 0;                          ///< bytes of a row, a multiple of 4
  std::array<std::uint32_t, 4> masks{};              ///< of red, green, blue and alpha, for 16 and 32 bits
  std::vector<std::array<std::uint8_t, 3>> palette;  ///< RGB, 2^bits of them, for up to 8 bits
  bool grey = false;                                 ///< all colours of the palette are grey
};

/// Throws PictureError for what is broken, compressed, or of a kind that isn't read.
BmpLayout read_bmp_layout(std::span<const std::byte> bytes, std::string_view source);

}  // namespace reslab::image
