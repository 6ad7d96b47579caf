#include "reslab/image/format.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "reslab/core/command.h"
#include "reslab/core/error.h"

namespace reslab::image {

namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t place = 0;  // of the bytes in the file
  std::string_view bytes;
  Format format{};
};

constexpr std::array signatures{
    Signature{0, "\xFF\xD8\xFF"sv, Format::jpeg},
    Signature{0, "\x89PNG\r\n\x1A\n"sv, Format::png},
    Signature{0, "GIF87a"sv, Format::gif},
    Signature{0, "GIF89a"sv, Format::gif},
    Signature{0, "\xFF\x0A"sv, Format::jpeg_xl},
    Signature{0, "\0\0\0\x0CJXL \r\n\x87\n"sv, Format::jpeg_xl},
    Signature{0, "\0\0\0\x0CjP  \r\n\x87\n"sv, Format::jpeg_2000},
    Signature{0, "\xFF\x4F\xFF\x51"sv, Format::jpeg_2000},
    Signature{0, "%PDF-"sv, Format::pdf},
    Signature{0, "8BPS"sv, Format::psd},
    Signature{0, "\0\0\1\0"sv, Format::ico},
    Signature{0, "qoif"sv, Format::qoi},
    Signature{0, "\x76\x2F\x31\x01"sv, Format::open_exr},
    Signature{128, "DICM"sv, Format::dicom},
    // Cameras' own files: Canon, Fujifilm, Olympus (two), Panasonic. Those of Canon look like TIFF otherwise.
    Signature{8, "CR\x02"sv, Format::camera_raw},
    Signature{0, "FUJIFILMCCD-RAW"sv, Format::camera_raw},
    Signature{0, "IIRO"sv, Format::camera_raw},
    Signature{0, "IIRS"sv, Format::camera_raw},
    Signature{0, "IIU\0"sv, Format::camera_raw},
    Signature{0, "II*\0"sv, Format::tiff},
    Signature{0, "MM\0*"sv, Format::tiff},
    Signature{0, "II+\0"sv, Format::tiff},
    Signature{0, "MM\0+"sv, Format::tiff},
    Signature{0, "\x1A\x45\xDF\xA3"sv, Format::video},
};

// The ISO base media file format: its brand says what is in the box.
Format by_brand(std::string_view head) {
  if (head.size() < 12 || head.substr(4, 4) != "ftyp") return Format::unknown;
  const std::string_view brand = head.substr(8, 4);
  if (brand == "avif" || brand == "avis") return Format::avif;
  if (brand == "crx ") return Format::camera_raw;
  constexpr std::array heic{"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv, "hevx"sv, "mif1"sv, "msf1"sv};
  if (std::ranges::find(heic, brand) == heic.end()) return Format::video;
  // Some writers give the general brand first and say only among the compatible ones that it is AVIF.
  const bool general = brand == "mif1" || brand == "msf1";
  return general && head.substr(0, 64).find("avif") != head.npos ? Format::avif : Format::heic;
}

bool is_space(char letter) { return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t'; }

// BMP has a signature of two letters alone: the size of its second header must be one that exists.
bool is_bmp(std::string_view head) {
  if (head.size() < 18 || !head.starts_with("BM")) return false;
  constexpr std::array sizes{12, 16, 40, 52, 56, 64, 108, 124};
  const std::string_view size = head.substr(14, 4);
  return size.substr(1) == "\0\0\0"sv && std::ranges::find(sizes, static_cast<unsigned char>(size[0])) != sizes.end();
}

bool is_svg(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  while (!head.empty() && is_space(head.front())) head.remove_prefix(1);
  if (!head.starts_with("<")) return false;
  return head.find("<svg") != head.npos;
}

struct Conversion {
  std::string_view command;  // with IN for the file and OUT for the new one's name without its suffix
  std::string_view package;
};

struct About {
  Format format{};
  std::string_view name;
  Library library;
  Conversion conversion;
};

// Each command was tried on Debian 12.
constexpr std::array abouts{
    About{Format::unknown, "no known picture format", {}, {}},
    About{
        Format::jpeg, "JPEG", {"libjpeg-turbo", "libjpeg-dev"}, {"convert IN -colorspace sRGB OUT.png", "imagemagick"}},
    About{Format::png, "PNG", {"libspng", "libspng-dev"}, {}},
    About{Format::webp, "WebP", {"libwebp", "libwebp-dev"}, {"webpmux -get frame 1 IN -o OUT-1.webp", "webp"}},
    About{Format::bmp, "BMP", {}, {"convert IN OUT.png", "imagemagick"}},
    About{Format::tiff, "TIFF", {"libtiff", "libtiff-dev"}, {"convert IN[0] -depth 8 OUT.png", "imagemagick"}},
    About{Format::gif, "GIF", {}, {"convert IN[0] OUT.png", "imagemagick"}},
    About{Format::heic, "HEIC", {}, {"heif-convert IN OUT.png", "libheif-examples"}},
    About{Format::avif, "AVIF", {}, {"heif-convert IN OUT.png", "libheif-examples"}},
    About{Format::jpeg_xl, "JPEG XL", {}, {"djxl IN OUT.png", "libjxl-tools"}},
    About{Format::jpeg_2000, "JPEG 2000", {}, {"convert IN OUT.png", "imagemagick"}},
    About{Format::svg, "SVG", {}, {"rsvg-convert IN -o OUT.png", "librsvg2-bin"}},
    About{Format::pdf, "PDF", {}, {"pdftoppm -png -singlefile IN OUT", "poppler-utils"}},
    About{Format::psd, "Photoshop (PSD)", {}, {"convert IN[0] OUT.png", "imagemagick"}},
    About{Format::ico, "icon (ICO)", {}, {"convert ico:IN[0] OUT.png", "imagemagick"}},
    About{Format::netpbm, "Netpbm (PBM, PGM, PPM)", {}, {"convert IN OUT.png", "imagemagick"}},
    About{Format::qoi, "QOI", {}, {}},
    About{Format::open_exr, "OpenEXR", {}, {}},
    About{Format::dicom, "DICOM", {}, {}},
    About{Format::camera_raw, "a camera's raw file", {}, {}},
    About{Format::video, "a video", {}, {}},
};
static_assert(abouts.size() == formats);

const About& about(Format format) {
  const About& found = abouts.at(static_cast<std::size_t>(format));
  RESLAB_ASSERT(found.format == format, "the table of formats isn't in their order");
  return found;
}

}  // namespace

Format recognise(std::span<const std::byte> bytes) {
  const std::string_view head{reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 1024)};
  for (const Signature& signature : signatures)
    if (head.size() >= signature.place && head.substr(signature.place).starts_with(signature.bytes))
      return signature.format;
  if (head.size() >= 12 && head.starts_with("RIFF") && head.substr(8, 4) == "WEBP") return Format::webp;
  if (is_bmp(head)) return Format::bmp;
  if (head.size() >= 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '7' && is_space(head[2]))
    return Format::netpbm;
  if (const Format found = by_brand(head); found != Format::unknown) return found;
  return is_svg(head) ? Format::svg : Format::unknown;
}

std::string_view name_of(Format format) { return about(format).name; }

bool is_decodable(Format format) { return format >= Format::jpeg && format <= Format::tiff; }

bool is_in_build(Format format) {
  switch (format) {
#ifdef RESLAB_HAS_JPEG
    case Format::jpeg: return true;
#endif
#ifdef RESLAB_HAS_PNG
    case Format::png: return true;
#endif
#ifdef RESLAB_HAS_WEBP
    case Format::webp: return true;
#endif
#ifdef RESLAB_HAS_TIFF
    case Format::tiff: return true;
#endif
    case Format::bmp: return true;
    default: return false;
  }
}

Library library_of(Format format) { return about(format).library; }

namespace {

void replace_first(std::string& text, std::string_view what, std::string_view by) {
  if (const std::size_t place = text.find(what); place != std::string::npos) text.replace(place, what.size(), by);
}

}  // namespace

std::string conversion_command(Format format, const std::filesystem::path& file) {
  // A name that begins as an option does would be taken for one.
  const std::string in = file.string().starts_with('-') ? "./" + file.string() : file.string();
  const std::string out = std::filesystem::path(in).replace_extension().string();
  std::istringstream words{std::string(about(format).conversion.command)};
  std::string command;
  for (std::string word; words >> word;) {
    replace_first(word, word.find("OUT") == std::string::npos ? "IN" : "OUT",
                  word.find("OUT") == std::string::npos ? in : out);
    if (!command.empty()) command += ' ';
    command += core::shell_word(word);
  }
  return command;
}

std::string_view conversion_package(Format format) { return about(format).conversion.package; }

}  // namespace reslab::image
