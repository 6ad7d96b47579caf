#include "reslab/image/refusal.h"

namespace reslab::image {

namespace {

std::string reading(std::string_view source) { return core::concatenate("read the picture ", source); }

std::string conversion_text(Format format, std::string_view source) {
  const std::string command = conversion_command(format, source);
  if (command.empty()) return "convert it to PNG or JPEG with a program of your choice, or leave it out";
  return core::concatenate("convert it (", command, "; Debian and Ubuntu: apt install ", conversion_package(format),
                           "), or leave it out");
}

}  // namespace

void throw_unusable(Format format, std::string_view source, std::string_view reason,
                    std::optional<std::uint64_t> byte) {
  const std::string place = byte ? core::concatenate(" (noticed at byte ", *byte, ")") : std::string();
  throw PictureError(Refusal::unusable, format,
                     {.attempted = reading(source),
                      .found = core::concatenate(reason, place),
                      .allowed = core::concatenate("a whole ", name_of(format), " file"),
                      .remedy = "get the file again, or leave it out"});
}

void throw_unsupported_variant(Format format, std::string_view source, std::string_view found) {
  throw PictureError(
      Refusal::unsupported_variant, format,
      {.attempted = reading(source),
       .found = core::concatenate(found, ", which this program doesn't read in ", name_of(format), " files"),
       .remedy = conversion_text(format, source)});
}

void throw_unsupported_format(Format format, std::string_view source) {
  if (format == Format::unknown)
    throw PictureError(Refusal::unknown_format, format,
                       {.attempted = reading(source),
                        .found = "a file that is no picture of a known format",
                        .allowed = "JPEG, PNG, WebP, BMP or TIFF, whatever the file's name ends in",
                        .remedy = "convert it to PNG or JPEG, or leave it out"});
  if (!is_decodable(format))
    throw PictureError(Refusal::unsupported_format, format,
                       {.attempted = reading(source),
                        .found = core::concatenate(name_of(format), ", which this program doesn't read"),
                        .allowed = "JPEG, PNG, WebP, BMP or TIFF, whatever the file's name ends in",
                        .remedy = conversion_text(format, source)});
  const Library library = library_of(format);
  throw PictureError(Refusal::not_in_build, format,
                     {.attempted = reading(source),
                      .found = core::concatenate("this build of reslab knows no ", name_of(format), ", because ",
                                                 library.name, " was missing"),
                      .remedy = core::concatenate("install ", library.name, " (Debian and Ubuntu: apt install ",
                                                  library.package, ") and build again")});
}

}  // namespace reslab::image
