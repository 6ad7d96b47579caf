// What a file is, by its first bytes: suffixes say nothing (a WebP may be called .jpg). Pictures are told apart by
// image::recognise.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "reslab/image/format.h"

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
  ico,
  netpbm,
  qoi,
  open_exr,
  dicom,
  camera_raw,
  // No pictures.
  empty,    ///< a file of no bytes
  other,    ///< something else
  special,  ///< no file: a folder, a pipe, a device
};

/// "JPEG", "PNG", …, "no picture".
std::string_view name_of(FileKind kind);

/// The format of a picture of this kind; `unknown` for what is no picture.
image::Format format_of(FileKind kind);

/// Whether the program decodes pictures of this kind.
constexpr bool is_read(FileKind kind) { return kind <= FileKind::tiff; }

/// Whether it is a picture at all, read or not.
constexpr bool is_picture(FileKind kind) { return kind <= FileKind::camera_raw; }

/// Bytes of a file's beginning that kind_of looks at, at most.
constexpr std::size_t head_bytes = 1024;

/// `head`: the file's first bytes, head_bytes of them or all. Never `special`. It says how a file begins, and not that
/// it can be decoded.
FileKind kind_of(std::span<const std::byte> head);

}  // namespace reslab::pictures
