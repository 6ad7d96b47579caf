#include <algorithm>

#include "reslab/image/canvas.h"
#include "reslab/image/decoders.h"
#include "reslab/image/refusal.h"
#ifdef RESLAB_HAS_JPEG
#include <jerror.h>

#include "reslab/image/jpeg_reader.h"
#endif

namespace reslab::image {

#ifdef RESLAB_HAS_JPEG

namespace {

// The largest of the reductions 1, 2, 4, 8 whose shorter side has at least `least` pixels.
int reduction_for(std::uint32_t width, std::uint32_t height, int least) {
  if (least <= 0) return 1;
  const std::uint32_t side = std::min(width, height);
  std::uint32_t reduction = 8;
  while (reduction > 1 && (side + reduction - 1) / reduction < static_cast<std::uint32_t>(least)) reduction /= 2;
  return static_cast<int>(reduction);
}

// Its colours are set to what the canvas takes, or to CMYK, which is converted here.
void choose_colours(jpeg_decompress_struct& info, const DecoderInput& input) {
  switch (info.jpeg_color_space) {
    case JCS_GRAYSCALE: info.out_color_space = JCS_GRAYSCALE; break;
    case JCS_YCbCr:
    case JCS_RGB: info.out_color_space = JCS_RGB; break;
    case JCS_CMYK:
    case JCS_YCCK: info.out_color_space = JCS_CMYK; break;
    default:
      throw_unsupported_variant(Format::jpeg, input.source,
                                core::concatenate(info.num_components, " components of an unknown kind"));
  }
}

std::optional<Damage> told(const std::optional<JpegWarning>& warning) {
  if (!warning) return std::nullopt;
  if (warning->code == JWRN_JPEG_EOF)
    return Damage{.reason = "the file ends before the picture does", .byte = warning->byte};
  return Damage{.reason = warning->text.data(), .byte = warning->byte};
}

// libjpeg keeps the coefficients of a picture that comes in several scans, 64 of 2 bytes a block.
std::uint64_t coefficient_bytes(jpeg_decompress_struct& info) {
  if (jpeg_has_multiple_scans(&info) == FALSE) return 0;
  constexpr std::uint64_t block_bytes = 128;
  std::uint64_t bytes = 0;
  for (int i = 0; i < info.num_components; ++i)
    bytes += block_bytes * info.comp_info[i].width_in_blocks * info.comp_info[i].height_in_blocks;
  return bytes;
}

// Gives what was wrong, if anything was. Throws when there is nothing to see.
std::optional<Damage> read_rows(JpegReader& reader, Canvas& canvas, const DecoderInput& input) {
  const jpeg_decompress_struct& info = reader.info();
  const bool cmyk = info.out_color_space == JCS_CMYK;
  const std::size_t width = info.output_width;
  std::vector<std::uint8_t> samples, colours;
  if (cmyk || !canvas.is_direct()) samples.resize(width * static_cast<std::size_t>(info.output_components));
  if (cmyk) colours.resize(width * 3);
  while (info.output_scanline < info.output_height) {
    const int row = static_cast<int>(info.output_scanline);
    if (!reader.read_row(samples.empty() ? canvas.direct_row(row) : samples.data())) {
      if (row == 0) throw_unusable(Format::jpeg, input.source, reader.failure(), reader.position());
      return Damage{.reason = reader.failure(), .byte = reader.position()};
    }
    if (cmyk) rgb_of_inverted_cmyk(samples.data(), colours.data(), static_cast<int>(width));
    if (!samples.empty()) canvas.put(row, cmyk ? colours.data() : samples.data());
  }
  if (!reader.finish() && !reader.damage()) return Damage{.reason = reader.failure(), .byte = reader.position()};
  return told(reader.damage());
}

}  // namespace

DecodedImage decode_jpeg(const DecoderInput& input) {
  JpegReader reader(input.bytes);
  if (!reader.read_header()) throw_unusable(Format::jpeg, input.source, reader.failure(), reader.position());
  jpeg_decompress_struct& info = reader.info();
  // libjpeg's own reading of the header decides what it will ask for.
  Facts facts = input.facts;
  facts.width = info.image_width;
  facts.height = info.image_height;
  check_limits(facts, input.source, input.options.limits);
  choose_colours(info, input);
  const int reduction = reduction_for(info.image_width, info.image_height, input.options.least_side);
  info.scale_num = 1;
  info.scale_denom = static_cast<unsigned>(reduction);
  reserve_memory(input.options, coefficient_bytes(info));
  if (!reader.start()) throw_unusable(Format::jpeg, input.source, reader.failure(), reader.position());
  if (reader.is_empty())
    throw_unusable(Format::jpeg, input.source, "the file ends before the first row of blocks does", input.bytes.size());
  Canvas canvas({.height = static_cast<int>(info.output_height),
                 .width = static_cast<int>(info.output_width),
                 .colours = info.out_color_space == JCS_GRAYSCALE ? 1 : 3},
                input.options);
  std::optional<Damage> damage = read_rows(reader, canvas, input);
  if (reader.is_empty())
    throw_unusable(Format::jpeg, input.source, "the file ends before the first row of blocks does", input.bytes.size());
  return {.image = canvas.take(), .reduction = reduction, .damage = std::move(damage), .oddity = told(reader.oddity())};
}

#else

DecodedImage decode_jpeg(const DecoderInput& input) { throw_unsupported_format(Format::jpeg, input.source); }

#endif

}  // namespace reslab::image
