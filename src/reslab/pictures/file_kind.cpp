#include "reslab/pictures/file_kind.h"

#include <algorithm>

namespace reslab::pictures {
namespace {

struct KindOfFormat {
  FileKind kind;
  image::Format format;
};

// Formats that aren't here, and what is no picture at all, are `other`.
constexpr std::array kinds{
    KindOfFormat{FileKind::jpeg, image::Format::jpeg},
    KindOfFormat{FileKind::png, image::Format::png},
    KindOfFormat{FileKind::webp, image::Format::webp},
    KindOfFormat{FileKind::bmp, image::Format::bmp},
    KindOfFormat{FileKind::tiff, image::Format::tiff},
    KindOfFormat{FileKind::gif, image::Format::gif},
    KindOfFormat{FileKind::heic, image::Format::heic},
    KindOfFormat{FileKind::avif, image::Format::avif},
    KindOfFormat{FileKind::jxl, image::Format::jpeg_xl},
    KindOfFormat{FileKind::jpeg2000, image::Format::jpeg_2000},
    KindOfFormat{FileKind::svg, image::Format::svg},
    KindOfFormat{FileKind::pdf, image::Format::pdf},
    KindOfFormat{FileKind::psd, image::Format::psd},
    KindOfFormat{FileKind::ico, image::Format::ico},
    KindOfFormat{FileKind::netpbm, image::Format::netpbm},
    KindOfFormat{FileKind::qoi, image::Format::qoi},
    KindOfFormat{FileKind::open_exr, image::Format::open_exr},
    KindOfFormat{FileKind::dicom, image::Format::dicom},
    KindOfFormat{FileKind::camera_raw, image::Format::camera_raw},
};

}  // namespace

image::Format format_of(FileKind kind) {
  const auto found = std::ranges::find(kinds, kind, &KindOfFormat::kind);
  return found == kinds.end() ? image::Format::unknown : found->format;
}

std::string_view name_of(FileKind kind) {
  if (const image::Format format = format_of(kind); format != image::Format::unknown) return image::name_of(format);
  return kind == FileKind::empty ? "an empty file" : kind == FileKind::special ? "no file" : "no picture";
}

FileKind kind_of(std::span<const std::byte> bytes) {
  if (bytes.empty()) return FileKind::empty;
  const auto found = std::ranges::find(kinds, image::recognise(bytes), &KindOfFormat::format);
  return found == kinds.end() ? FileKind::other : found->kind;
}

}  // namespace reslab::pictures
