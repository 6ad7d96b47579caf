#include "reslab/pictures/file_kind.h"

#include <gtest/gtest.h>

#include "pictures/support.h"

namespace reslab::pictures {
namespace {

using namespace std::string_view_literals;

FileKind kind_of_text(std::string_view head) { return kind_of(std::as_bytes(std::span(head))); }

// As the specifications named in file_kind.h have them.
TEST(FileKind, KnowsPicturesByTheirFirstBytes) {
  EXPECT_EQ(kind_of_text("\xff\xd8\xff\xe0\0\x10JFIF"sv), FileKind::jpeg);
  EXPECT_EQ(kind_of_text("\xff\xd8\xff\xdb\0"sv), FileKind::jpeg) << "without JFIF or EXIF";
  EXPECT_EQ(kind_of_text("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"sv), FileKind::png);
  EXPECT_EQ(kind_of_text("RIFF\x1a\0\0\0WEBPVP8L"sv), FileKind::webp);
  EXPECT_EQ(kind_of_text("BM\x4e\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x04\0"sv), FileKind::bmp);
  EXPECT_EQ(kind_of_text("II*\0\x08\0\0\0"sv), FileKind::tiff);
  EXPECT_EQ(kind_of_text("MM\0*\0\0\0\x08"sv), FileKind::tiff);
  EXPECT_EQ(kind_of_text("GIF89a\x04\0"sv), FileKind::gif);
  EXPECT_EQ(kind_of_text("GIF87a\x04\0"sv), FileKind::gif);
  EXPECT_EQ(kind_of_text("\0\0\0\x1c"
                         "ftypavif\0\0\0\0avifmif1"sv),
            FileKind::avif);
  EXPECT_EQ(kind_of_text("\0\0\0\x18"
                         "ftypheic\0\0\0\0mif1heic"sv),
            FileKind::heic);
  EXPECT_EQ(kind_of_text("\0\0\0\x20"
                         "ftypmif1\0\0\0\0mif1avifmiaf"sv),
            FileKind::avif)
      << "by a compatible brand";
  EXPECT_EQ(kind_of_text("\xff\x0a\xf8\x01"sv), FileKind::jxl);
  EXPECT_EQ(kind_of_text("\0\0\0\x0cJXL \r\n\x87\n"sv), FileKind::jxl);
  EXPECT_EQ(kind_of_text("\0\0\0\x0cjP  \r\n\x87\n"sv), FileKind::jpeg2000);
  EXPECT_EQ(kind_of_text("%PDF-1.4\n"sv), FileKind::pdf);
  EXPECT_EQ(kind_of_text("P5\n3 4\n255\n"sv), FileKind::netpbm);
  EXPECT_EQ(kind_of_text("II*\0\x10\0\0\0CR\2\0"sv), FileKind::camera_raw) << "and no TIFF";
  EXPECT_EQ(kind_of_text("8BPS\0\x01\0\0"sv), FileKind::psd);
  EXPECT_EQ(kind_of_text("<svg xmlns='http://www.w3.org/2000/svg'>"sv), FileKind::svg);
  EXPECT_EQ(kind_of_text("\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- by hand -->\n<svg>"sv), FileKind::svg);
}

TEST(FileKind, TakesNothingElseForOne) {
  EXPECT_EQ(kind_of_text(""), FileKind::empty);
  for (const std::string_view text :
       {"\xff\xd8"sv, "\x89PNG\r\n\x1a"sv, "RIFF\x1a\0\0\0WAVEfmt "sv, "BMI of patients, 2024"sv, "BM"sv,
        "BMasks of 12\r\n\x0d\0\0\0"sv, "II*"sv, "GIF88a"sv,
        "\0\0\0\x18"
        "ftypisom\0\0\0\0mp41mp42"sv,
        "\0\0\0\x18"
        "ftyp"sv,
        "OggS\0"sv, "<?xml version='1.0'?><html>"sv, "a text about <svg>"sv, "PK\x03\x04"sv, "x"sv})
    EXPECT_EQ(kind_of_text(text), FileKind::other) << text;
}

TEST(FileKind, HasANameForEach) {
  EXPECT_EQ(name_of(FileKind::jpeg), "JPEG");
  EXPECT_EQ(name_of(FileKind::psd), "Photoshop (PSD)");
  EXPECT_EQ(name_of(FileKind::special), "no file");
  EXPECT_TRUE(is_read(FileKind::tiff) && !is_read(FileKind::gif) && is_picture(FileKind::psd) &&
              !is_picture(FileKind::empty));
}

}  // namespace
}  // namespace reslab::pictures
