#include "reslab/image/format.h"

#include <gtest/gtest.h>

#include <string>

#include "image/support.h"

namespace reslab::image {
namespace {

using namespace std::string_literals;

Format format_of(const std::string& text) { return recognise(std::as_bytes(std::span(text))); }

TEST(Format, IsFoundByContent) {
  EXPECT_EQ(format_of("GIF87a"), Format::gif);
  EXPECT_EQ(format_of("\0\0\0\x18"s
                      "ftypheic\0\0\0\0mif1heic"s),
            Format::heic);
  EXPECT_EQ(format_of("\0\0\0\x18"s
                      "ftypmif1\0\0\0\0mif1heic"s),
            Format::heic);
  EXPECT_EQ(format_of("\0\0\0\x18"s
                      "ftypavif\0\0\0\0mif1miaf"s),
            Format::avif);
  EXPECT_EQ(format_of("\0\0\0\x1C"s
                      "ftypmif1\0\0\0\0mif1avifmiaf"s),
            Format::avif);
  EXPECT_EQ(format_of("\0\0\0\x18"s
                      "ftypcrx \0\0\0\1crx isom"s),
            Format::camera_raw);
  EXPECT_EQ(format_of("\0\0\0\x18"s
                      "ftypisom\0\0\2\0isomiso2"s),
            Format::video);
  EXPECT_EQ(format_of("\xFF\x0A\x00"s), Format::jpeg_xl);
  EXPECT_EQ(format_of("\0\0\0\x0CJXL \r\n\x87\n"s), Format::jpeg_xl);
  EXPECT_EQ(format_of("\0\0\0\x0CjP  \r\n\x87\n"s), Format::jpeg_2000);
  EXPECT_EQ(format_of("%PDF-1.7"), Format::pdf);
  EXPECT_EQ(format_of("8BPS\0\1"s), Format::psd);
  EXPECT_EQ(format_of("\0\0\1\0\1\0"s), Format::ico);
  EXPECT_EQ(format_of("P6\n3 4\n"), Format::netpbm);
  EXPECT_EQ(format_of("P6lease"), Format::unknown);
  EXPECT_EQ(format_of("<?xml version=\"1.0\"?>\n<!-- by hand -->\n<svg xmlns=\"x\">"), Format::svg);
  EXPECT_EQ(format_of("\xEF\xBB\xBF <svg>"), Format::svg);
  EXPECT_EQ(format_of("<html><body></body></html>"), Format::unknown);
  EXPECT_EQ(format_of("II*\0\x10\0\0\0CR\2\0"s), Format::camera_raw);
  EXPECT_EQ(format_of("II*\0\x08\0\0\0\1\0"s), Format::tiff);
  EXPECT_EQ(format_of(std::string(128, '\0') + "DICM"), Format::dicom);
  EXPECT_EQ(format_of("BMW cars and others, a text"), Format::unknown);
  EXPECT_EQ(format_of(""), Format::unknown);
  EXPECT_EQ(recognise(sample("444.jpg")), Format::jpeg);
  EXPECT_EQ(recognise(sample("core-header.bmp")), Format::bmp);
  EXPECT_EQ(recognise(sample("lossy.webp")), Format::webp);
}

TEST(Format, ACommandCanBePasted) {
  EXPECT_EQ(conversion_command(Format::heic, "IMG 1.jpg"), "heif-convert 'IMG 1.jpg' 'IMG 1.png'");
  EXPECT_EQ(conversion_command(Format::gif, "a/b.gif"), "convert 'a/b.gif[0]' a/b.png");
  EXPECT_EQ(conversion_command(Format::pdf, "-x.pdf"), "pdftoppm -png -singlefile ./-x.pdf ./-x");
  EXPECT_EQ(conversion_command(Format::qoi, "a.qoi"), "");
}

TEST(Format, NoCommandWritesOverItsFile) {
  for (int i = 0; i < formats; ++i) {
    const auto format = static_cast<Format>(i);
    EXPECT_FALSE(name_of(format).empty());
    EXPECT_EQ(conversion_command(format, "a.b").empty(), conversion_package(format).empty()) << name_of(format);
    for (const std::string suffix : {"webp", "png", "tif"}) {
      const std::string command = conversion_command(format, "name." + suffix);
      if (format == Format::png || suffix == "png" || command.empty()) continue;
      EXPECT_EQ(command.find("name." + suffix), command.rfind("name." + suffix)) << command;
    }
  }
}

}  // namespace
}  // namespace reslab::image
