#include "reslab/image/bmp_layout.h"

#include <algorithm>

#include "reslab/image/byte_reader.h"
#include "reslab/image/headers.h"
#include "reslab/image/refusal.h"

namespace reslab::image {

namespace {

constexpr std::uint64_t file_header = 14;  // bytes
constexpr std::uint32_t core_header = 12;

enum Compression : std::uint32_t { bmp_none = 0, bmp_rle8 = 1, bmp_rle4 = 2, bmp_masks = 3, bmp_alpha_masks = 6 };

std::uint32_t read_bmp_size(const ByteReader& reader, std::uint32_t header, BmpLayout& layout) {
  if (header == core_header) {
    layout.width = reader.at(18, 2);
    layout.height = reader.at(20, 2);
    layout.bits = static_cast<int>(reader.at(24, 2));
    return bmp_none;
  }
  layout.width = reader.at(18, 4);
  layout.height = reader.at(22, 4);
  // A negative height: the first row is the uppermost.
  layout.top_down = (layout.height & 0x80000000U) != 0;
  if (layout.top_down) layout.height = ~layout.height + 1;
  layout.bits = static_cast<int>(reader.at(28, 2));
  return reader.at(30, 4);
}

void read_masks(const ByteReader& reader, std::uint32_t header, std::uint32_t compression, BmpLayout& layout) {
  if (layout.bits == 16) layout.masks = {0x7C00, 0x03E0, 0x001F, 0};
  if (layout.bits == 32) layout.masks = {0xFF0000, 0x00FF00, 0x0000FF, 0};
  if (compression != bmp_masks && compression != bmp_alpha_masks) return;
  // They lie behind the 40 bytes, inside a larger header or after it.
  for (std::size_t i = 0; i < 3; ++i) layout.masks.at(i) = reader.at(file_header + 40 + 4 * i, 4);
  if (header >= 56 || compression == bmp_alpha_masks) layout.masks[3] = reader.at(file_header + 52, 4);
}

void read_palette(const ByteReader& reader, std::uint32_t header, BmpLayout& layout) {
  const std::size_t colours = std::size_t{1} << layout.bits;
  const std::size_t width = header == core_header ? 3 : 4;
  const std::uint32_t said = header == core_header ? 0 : reader.at(46, 4);
  const std::size_t stored = said == 0 ? colours : std::min<std::size_t>(said, colours);
  layout.palette.resize(colours);  // what isn't stored is black
  for (std::size_t i = 0; i < stored; ++i) {
    const std::uint64_t place = file_header + header + i * width;
    if (place + width > layout.pixels) break;
    for (std::size_t c = 0; c < 3; ++c)
      layout.palette[i].at(c) = static_cast<std::uint8_t>(reader.at(place + 2 - c, 1));
  }
  layout.grey =
      std::ranges::all_of(layout.palette, [](const auto& rgb) { return rgb[0] == rgb[1] && rgb[1] == rgb[2]; });
}

bool is_mask(std::uint32_t mask) {
  if (mask == 0) return false;
  while ((mask & 1U) == 0) mask >>= 1;
  return (mask & (mask + 1)) == 0;
}

void check_bmp(const BmpLayout& layout, std::uint32_t compression, std::string_view source) {
  if (compression == bmp_rle4 || compression == bmp_rle8)
    throw_unsupported_variant(Format::bmp, source, "run-length coding (RLE)");
  if (compression != bmp_none && compression != bmp_masks && compression != bmp_alpha_masks)
    throw_unsupported_variant(Format::bmp, source, core::concatenate("compression number ", compression));
  constexpr std::array depths{1, 4, 8, 16, 24, 32};
  if (std::ranges::find(depths, layout.bits) == depths.end())
    throw_unsupported_variant(Format::bmp, source, core::concatenate(layout.bits, " bits a pixel"));
  if (layout.width == 0 || layout.height == 0 || layout.width > 0x7FFFFFFFU || layout.height > 0x7FFFFFFFU)
    throw_unusable(Format::bmp, source, "a size of 0 pixels, or a negative width", 18);
  if (compression != bmp_none && layout.bits != 16 && layout.bits != 32)
    throw_unusable(Format::bmp, source, core::concatenate("masks of colours at ", layout.bits, " bits a pixel"), 30);
}

}  // namespace

BmpLayout read_bmp_layout(std::span<const std::byte> bytes, std::string_view source) {
  const ByteReader reader(bytes);
  const std::uint32_t header = reader.at(file_header, 4);
  if (reader.size() < file_header + header) throw_unusable(Format::bmp, source, "no whole header", reader.size());
  BmpLayout layout;
  const std::uint32_t compression = read_bmp_size(reader, header, layout);
  check_bmp(layout, compression, source);
  layout.pixels = reader.at(10, 4);
  layout.stride = (std::uint64_t{layout.width} * static_cast<std::uint64_t>(layout.bits) + 31) / 32 * 4;
  read_masks(reader, header, compression, layout);
  if (layout.bits <= 8) read_palette(reader, header, layout);
  if (layout.bits == 16 || layout.bits == 32)
    for (std::size_t i = 0; i < 4; ++i)
      if (!is_mask(layout.masks.at(i)) && (i < 3 || layout.masks.at(i) != 0))
        throw_unusable(Format::bmp, source, "masks of colours that mean nothing", file_header + 40);
  return layout;
}

Facts bmp_header(std::span<const std::byte> bytes, std::string_view source) {
  const BmpLayout layout = read_bmp_layout(bytes, source);
  const bool palette = layout.bits <= 8;
  return {.format = Format::bmp,
          .width = layout.width,
          .height = layout.height,
          .colour = !palette      ? Colour::rgb
                    : layout.grey ? Colour::grey
                                  : Colour::palette,
          .bits = palette             ? layout.bits
                  : layout.bits == 16 ? 5
                                      : 8,
          .alpha = layout.masks[3] != 0};
}

}  // namespace reslab::image
