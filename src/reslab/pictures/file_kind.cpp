#include "reslab/pictures/file_kind.h"

#include <algorithm>

namespace reslab::pictures {
namespace {

using namespace std::string_view_literals;

std::string_view part_of(std::string_view head, std::size_t begin, std::size_t size) {
  return begin > head.size() ? std::string_view{} : head.substr(begin, size);
}

// "BM" alone begins many a text: the size of the second header has few values, and stands as 32 bits, little-endian.
bool is_bmp(std::string_view head) {
  if (!head.starts_with("BM") || head.size() < 18 || head.substr(15, 3) != "\0\0\0"sv) return false;
  constexpr std::array<unsigned char, 7> sizes{12, 40, 52, 56, 64, 108, 124};
  return std::ranges::find(sizes, static_cast<unsigned char>(head[14])) != sizes.end();
}

bool is_tiff(std::string_view head) {
  return head.starts_with("II*\0"sv) || head.starts_with("MM\0*"sv) || head.starts_with("II+\0"sv) ||
         head.starts_with("MM\0+"sv);
}

// The brands of an ISO base media file: the major one at byte 8, the compatible ones from byte 16 on, to the box's end.
FileKind media_kind(std::string_view head) {
  if (part_of(head, 4, 4) != "ftyp") return FileKind::other;
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(head[i])); };
  const std::size_t end = std::min(head.size(), byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3));
  FileKind kind = FileKind::other;
  for (std::size_t i = 8; i + 4 <= end; i += i == 8 ? 8 : 4) {
    const std::string_view brand = head.substr(i, 4);
    // mif1 and msf1 are containers of either.
    if (brand == "avif" || brand == "avis") return FileKind::avif;
    constexpr std::array heif{"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv, "hevx"sv, "mif1"sv, "msf1"sv};
    if (std::ranges::find(heif, brand) != heif.end()) kind = FileKind::heic;
  }
  return kind;
}

bool is_svg(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  if (!head.starts_with('<')) return false;
  return head.find("<svg") != std::string_view::npos || head.find("<!DOCTYPE svg") != std::string_view::npos;
}

}  // namespace

std::string_view name_of(FileKind kind) {
  constexpr std::array<std::string_view, 16> names{
      "JPEG",    "PNG",       "WebP", "BMP", "TIFF",      "GIF",           "HEIC",       "AVIF",
      "JPEG XL", "JPEG 2000", "SVG",  "PDF", "Photoshop", "an empty file", "no picture", "no file"};
  return names.at(static_cast<std::size_t>(kind));
}

FileKind kind_of(std::span<const std::byte> bytes) {
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), head_bytes));
  if (head.empty()) return FileKind::empty;
  if (head.starts_with("\xff\xd8\xff")) return FileKind::jpeg;
  if (head.starts_with("\x89PNG\r\n\x1a\n")) return FileKind::png;
  if (head.starts_with("RIFF") && part_of(head, 8, 4) == "WEBP") return FileKind::webp;
  if (is_bmp(head)) return FileKind::bmp;
  if (is_tiff(head)) return FileKind::tiff;
  if (head.starts_with("GIF87a") || head.starts_with("GIF89a")) return FileKind::gif;
  if (head.starts_with("\xff\x0a") || head.starts_with("\0\0\0\x0cJXL \r\n\x87\n"sv)) return FileKind::jxl;
  if (head.starts_with("\0\0\0\x0cjP  \r\n\x87\n"sv) || head.starts_with("\xff\x4f\xff\x51")) return FileKind::jpeg2000;
  if (head.starts_with("%PDF-")) return FileKind::pdf;
  if (head.starts_with("8BPS\0\x01"sv)) return FileKind::psd;
  if (is_svg(head)) return FileKind::svg;
  return media_kind(head);
}

}  // namespace reslab::pictures
