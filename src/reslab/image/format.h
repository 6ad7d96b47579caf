// Which kind of picture a file holds, found by its first bytes and never by its name.
//
//   image::recognise(bytes)                     // Format::heic
//   image::name_of(image::Format::heic)         // "HEIC"
//   image::conversion_command(image::Format::heic, "a.heic")   // "heif-convert a.heic a.png"
//
// All functions are pure and may be called from any thread.
//
// Sources of the signatures: ITU-T T.81 (JPEG), W3C PNG, RFC 9649 (WebP), TIFF 6.0, ISO/IEC 14496-12 (brands of HEIC
// and AVIF), ISO/IEC 18181-2 (JPEG XL), ISO/IEC 15444-1 (JPEG 2000), and the makers' own descriptions of the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace reslab::image {

enum class Format : std::uint8_t {
  unknown,
  // Those that can be decoded.
  jpeg,
  png,
  webp,
  bmp,
  tiff,
  // Those that are named and refused.
  gif,
  heic,
  avif,
  jpeg_xl,
  jpeg_2000,
  svg,
  pdf,
  psd,
  ico,
  netpbm,
  qoi,
  open_exr,
  dicom,
  camera_raw,
  video,
};

inline constexpr int formats = static_cast<int>(Format::video) + 1;

/// `unknown` for anything that isn't in the list. It looks at the first kilobyte at most.
Format recognise(std::span<const std::byte> bytes);

/// As it is written in a sentence: "JPEG"; "no known picture format" for unknown.
std::string_view name_of(Format format);

/// Whether pictures of this format can be decoded, by this build or by one with more libraries.
bool is_decodable(Format format);

/// Whether this build decodes it: the library was there when it was built.
bool is_in_build(Format format);

/// What was missing in a build that lacks `format` (a decodable one): "libwebp"; empty for BMP, which needs none.
struct Library {
  std::string_view name;     ///< "libwebp"
  std::string_view package;  ///< Debian's and Ubuntu's: "libwebp-dev"
};
Library library_of(Format format);

/// A command for a shell that makes a picture beside `file` that can be read, of the first frame or page; empty where
/// there is none to recommend.
std::string conversion_command(Format format, const std::filesystem::path& file);

/// Debian's and Ubuntu's package that has the command; empty likewise.
std::string_view conversion_package(Format format);

}  // namespace reslab::image
