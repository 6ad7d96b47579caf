#include "reslab/image/headers.h"
#include "reslab/image/refusal.h"
#include "reslab/image/tiff_directory.h"

namespace reslab::image {

namespace {

Colour tiff_colour(std::uint64_t photometric) {
  constexpr std::uint64_t palette = 3, separated = 5;
  if (photometric <= 1) return Colour::grey;
  if (photometric == palette) return Colour::palette;
  return photometric == separated ? Colour::cmyk : Colour::rgb;
}

}  // namespace

Facts tiff_header(std::span<const std::byte> bytes, std::string_view source) {
  const auto directory = read_tiff_directory(bytes);
  constexpr std::uint64_t most = 0x7FFFFFFF;
  if (!directory || !directory->width || !directory->height || *directory->width == 0 || *directory->height == 0 ||
      *directory->width > most || *directory->height > most)
    throw_unusable(Format::tiff, source, "no directory that says its size");
  if (directory->digital_negative || (directory->sub_directories && directory->kind.value_or(0) == 1))
    throw_unsupported_format(Format::camera_raw, source);
  const std::uint64_t orientation = directory->orientation.value_or(1);
  const bool sound = orientation <= 8;
  const auto photometric = directory->photometric.value_or(0);
  return {.format = Format::tiff,
          .width = static_cast<std::uint32_t>(*directory->width),
          .height = static_cast<std::uint32_t>(*directory->height),
          .colour = tiff_colour(photometric),
          .bits = static_cast<int>(std::min<std::uint64_t>(directory->bits.value_or(1), 64)),
          .alpha = directory->extra_samples,
          .more_pages = directory->next.has_value(),
          .exif = {.state = !sound                   ? ExifState::broken
                            : directory->orientation ? ExifState::read
                                                     : ExifState::absent,
                   .orientation = sound && orientation > 0 ? static_cast<int>(orientation) : 1}};
}

}  // namespace reslab::image
