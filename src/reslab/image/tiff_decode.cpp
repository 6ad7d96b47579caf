#include <algorithm>

#include "reslab/image/canvas.h"
#include "reslab/image/decoders.h"
#include "reslab/image/refusal.h"
#ifdef RESLAB_HAS_TIFF
#include "reslab/image/tiff_file.h"
#include "reslab/image/tiff_rows.h"
#endif

namespace reslab::image {

#ifdef RESLAB_HAS_TIFF

namespace {

[[noreturn]] void refuse_tiff(const DecoderInput& input, std::string_view found) {
  throw_unsupported_variant(Format::tiff, input.source, found);
}

void check_tiff_kind(const TiffFile& file, const DecoderInput& input, const TiffKind& kind) {
  // LZMA, Zstandard and others take memory by what their own headers claim.
  constexpr std::array codecs{COMPRESSION_NONE,    COMPRESSION_LZW,       COMPRESSION_PACKBITS,
                              COMPRESSION_DEFLATE, COMPRESSION_CCITTRLE,  COMPRESSION_ADOBE_DEFLATE,
                              COMPRESSION_JPEG,    COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4};
  const int codec = file.number(TIFFTAG_COMPRESSION);
  if (std::ranges::find(codecs, codec) == codecs.end() || TIFFIsCODECConfigured(static_cast<std::uint16_t>(codec)) == 0)
    refuse_tiff(input, core::concatenate("compression number ", codec));
  const int format = file.number(TIFFTAG_SAMPLEFORMAT);
  if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID)
    refuse_tiff(input, "samples that are signed or floating-point numbers");
  constexpr std::array bits{1, 2, 4, 8, 16};
  if (std::ranges::find(bits, kind.bits) == bits.end())
    refuse_tiff(input, core::concatenate(kind.bits, " bits a sample"));
  const bool grey = kind.photometric == PHOTOMETRIC_MINISBLACK || kind.photometric == PHOTOMETRIC_MINISWHITE;
  const bool palette = kind.photometric == PHOTOMETRIC_PALETTE;
  const bool separated = kind.photometric == PHOTOMETRIC_SEPARATED;
  if (!grey && !palette && !separated && kind.photometric != PHOTOMETRIC_RGB)
    refuse_tiff(input, core::concatenate("colours of the kind (photometric interpretation) ", kind.photometric));
  constexpr int most_samples = 8;
  const int least_samples = grey || palette ? 1 : separated ? 4 : 3;
  if (kind.samples < least_samples || kind.samples > most_samples)
    refuse_tiff(input, core::concatenate(kind.samples, " samples a pixel"));
  if ((palette && kind.bits == 16) || (separated && kind.bits != 8) || (!grey && !palette && kind.bits < 8))
    refuse_tiff(input, core::concatenate(kind.bits, " bits a sample with these colours"));
}

TiffKind kind_of(const TiffFile& file) {
  TiffKind kind{.photometric = file.number(TIFFTAG_PHOTOMETRIC),
                .bits = file.number(TIFFTAG_BITSPERSAMPLE),
                .samples = file.number(TIFFTAG_SAMPLESPERPIXEL),
                .separate = file.number(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE};
  // libtiff and libjpeg make RGB of it.
  if (kind.photometric == PHOTOMETRIC_YCBCR && file.number(TIFFTAG_COMPRESSION) == COMPRESSION_JPEG && !kind.separate) {
    TIFFSetField(file.handle(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    kind.photometric = PHOTOMETRIC_RGB;
  }
  std::uint16_t extras = 0;
  std::uint16_t* types = nullptr;
  TIFFGetFieldDefaulted(file.handle(), TIFFTAG_EXTRASAMPLES, &extras, &types);
  const int colours = kind.photometric == PHOTOMETRIC_RGB ? 3 : kind.photometric == PHOTOMETRIC_SEPARATED ? 4 : 1;
  if (extras > 0 && types != nullptr && kind.samples > colours && kind.photometric != PHOTOMETRIC_PALETTE &&
      kind.photometric != PHOTOMETRIC_SEPARATED) {
    kind.alpha = types[0] == EXTRASAMPLE_UNASSALPHA || types[0] == EXTRASAMPLE_ASSOCALPHA;
    kind.multiplied = types[0] == EXTRASAMPLE_ASSOCALPHA;
  }
  return kind;
}

std::vector<std::array<std::uint8_t, 3>> palette_of(const TiffFile& file, const DecoderInput& input, int bits) {
  std::array<std::uint16_t*, 3> columns{};
  if (TIFFGetField(file.handle(), TIFFTAG_COLORMAP, &columns[0], &columns[1], &columns[2]) == 0)
    throw_unusable(Format::tiff, input.source, "a picture by a palette that isn't there");
  std::vector<std::array<std::uint8_t, 3>> palette(std::size_t{1} << bits);
  for (std::size_t i = 0; i < palette.size(); ++i)
    for (std::size_t c = 0; c < 3; ++c) palette[i].at(c) = static_cast<std::uint8_t>(columns.at(c)[i] >> 8);
  return palette;
}

}  // namespace

DecodedImage decode_tiff(const DecoderInput& input) {
  TiffFile file(input.bytes);
  if (file.handle() == nullptr) throw_unusable(Format::tiff, input.source, file.reason());
  Facts facts = input.facts;
  facts.width = file.large_number(TIFFTAG_IMAGEWIDTH);
  facts.height = file.large_number(TIFFTAG_IMAGELENGTH);
  check_limits(facts, input.source, input.options.limits);
  if (facts.width == 0 || facts.height == 0) throw_unusable(Format::tiff, input.source, "a size of 0 pixels");
  TiffKind kind = kind_of(file);
  check_tiff_kind(file, input, kind);
  if (kind.photometric == PHOTOMETRIC_PALETTE) kind.palette = palette_of(file, input, kind.bits);
  const bool grey = kind.photometric == PHOTOMETRIC_MINISBLACK || kind.photometric == PHOTOMETRIC_MINISWHITE;
  CanvasLayout layout{.height = static_cast<int>(facts.height),
                      .width = static_cast<int>(facts.width),
                      .colours = grey ? 1 : 3,
                      .alpha = kind.alpha,
                      .bits = kind.bits == 16 ? 16 : 8};
  for (int i = 0; i < layout.colours; ++i)
    layout.scales.at(static_cast<std::size_t>(i)) = {.low = input.options.range16.low,
                                                     .high = input.options.range16.high};
  TiffRows rows(file, kind, layout, input);
  Canvas canvas(layout, input.options);
  std::optional<Damage> damage = rows.read_all(canvas);
  return {.image = canvas.take(), .damage = std::move(damage), .stored_range = canvas.stored_range()};
}

#else

DecodedImage decode_tiff(const DecoderInput& input) { throw_unsupported_format(Format::tiff, input.source); }

#endif

}  // namespace reslab::image
