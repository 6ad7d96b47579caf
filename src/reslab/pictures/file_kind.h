// What a file is, by its first bytes: suffixes say nothing (a WebP may be called .jpg).
//
// Sources: ITU-T T.81 (JPEG), W3C PNG third edition, RFC 9649 (WebP), Microsoft's BITMAPFILEHEADER (BMP), TIFF 6.0,
// GIF89a, ISO/IEC 14496-12 and 23008-12 (HEIF), AVIF 1.1, ISO/IEC 18181-2 (JPEG XL), ISO/IEC 15444-1 (JPEG 2000), W3C
// SVG 2, ISO 32000 (PDF).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace reslab::pictures {

enum class FileKind : std::uint8_t {
  jpeg,
  png,
  webp,
  bmp,
  tiff,
  // Pictures that are recognised and not read.
  gif,
  heic,
  avif,
  jxl,
  jpeg2000,
  svg,
  pdf,
  psd,
  // No pictures.
  empty,    ///< a file of no bytes
  other,    ///< something else
  special,  ///< no file: a folder, a pipe, a device
};

/// "JPEG", "PNG", …, "no picture".
std::string_view name_of(FileKind kind);

/// Whether the program decodes pictures of this kind.
constexpr bool is_read(FileKind kind) { return kind <= FileKind::tiff; }

/// Whether it is a picture at all, read or not.
constexpr bool is_picture(FileKind kind) { return kind <= FileKind::psd; }

/// Bytes of a file's beginning that kind_of needs at most: an SVG may begin with a comment.
constexpr std::size_t head_bytes = 1024;

/// `head`: the file's first bytes, head_bytes of them or all. Never `special`. It says how a file begins, and not that
/// it can be decoded.
FileKind kind_of(std::span<const std::byte> head);

}  // namespace reslab::pictures
