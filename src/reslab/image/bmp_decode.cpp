// A reader of our own: BMP is rows of numbers behind a header, and a library for it would be larger than this.
#include <bit>

#include "reslab/image/bmp_layout.h"
#include "reslab/image/byte_reader.h"
#include "reslab/image/canvas.h"
#include "reslab/image/decoders.h"
#include "reslab/image/refusal.h"

namespace reslab::image {

namespace {

// The bits of `mask` in `pixel`, scaled to [0, 255] and rounded down, as Pillow does. `mask` is one run of ones.
std::uint8_t masked(std::uint32_t pixel, std::uint32_t mask) {
  const int shift = std::countr_zero(mask);
  const std::uint64_t most = mask >> shift;
  return static_cast<std::uint8_t>(((pixel & mask) >> shift) * std::uint64_t{255} / most);
}

void bmp_palette_row(const BmpLayout& layout, const std::uint8_t* in, std::uint8_t* out) {
  const int per_byte = 8 / layout.bits;
  const unsigned most = (1U << layout.bits) - 1;
  for (std::uint32_t column = 0; column < layout.width; ++column) {
    const auto place = static_cast<int>(column % static_cast<unsigned>(per_byte));
    const unsigned index = in[column / static_cast<unsigned>(per_byte)] >> (8 - layout.bits * (place + 1)) & most;
    const auto& rgb = layout.palette[index];
    *out++ = rgb[0];
    if (layout.grey) continue;
    *out++ = rgb[1];
    *out++ = rgb[2];
  }
}

void bmp_colour_row(const BmpLayout& layout, const std::uint8_t* in, std::uint8_t* out) {
  const int width = layout.bits / 8;
  for (std::uint32_t column = 0; column < layout.width; ++column, in += width) {
    if (layout.bits == 24) {
      for (int i = 0; i < 3; ++i) *out++ = in[2 - i];
      continue;
    }
    std::uint32_t pixel = 0;
    for (int i = width - 1; i >= 0; --i) pixel = pixel << 8 | in[i];
    for (const std::uint32_t mask : layout.masks)
      if (mask != 0) *out++ = masked(pixel, mask);
  }
}

}  // namespace

DecodedImage decode_bmp(const DecoderInput& input) {
  const BmpLayout layout = read_bmp_layout(input.bytes, input.source);
  const ByteReader reader(input.bytes);
  const bool palette = layout.bits <= 8;
  const CanvasLayout rows{.height = static_cast<int>(layout.height),
                          .width = static_cast<int>(layout.width),
                          .colours = palette && layout.grey ? 1 : 3,
                          .alpha = layout.masks[3] != 0};
  if (reader.part(layout.pixels, layout.stride).size() < layout.stride)
    throw_unusable(Format::bmp, input.source, "the file ends within the first row of pixels", reader.size());
  Canvas canvas(rows, input.options);
  std::vector<std::uint8_t> samples(layout.width * static_cast<std::size_t>(rows.samples()));
  DecodedImage decoded;
  for (std::uint32_t i = 0; i < layout.height; ++i) {
    const auto bytes = reader.part(layout.pixels + i * layout.stride, layout.stride);
    if (bytes.size() < layout.stride) {
      decoded.damage = Damage{.reason = "the file ends within the pixels", .byte = reader.size()};
      break;
    }
    const auto* in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    palette ? bmp_palette_row(layout, in, samples.data()) : bmp_colour_row(layout, in, samples.data());
    canvas.put(static_cast<int>(layout.top_down ? i : layout.height - 1 - i), samples.data());
  }
  decoded.image = canvas.take();
  return decoded;
}

}  // namespace reslab::image
