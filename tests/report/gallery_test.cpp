#include "reslab/report/gallery.h"

#include <gtest/gtest.h>

#include "report/support.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/process.h"
#include "reslab/image/png.h"
#include "reslab/report/gnuplot.h"
#include "support/environment.h"
#include "support/message.h"
#include "support/temporary_folder.h"

namespace reslab::report {
namespace {

using augment::Image;
using support::contains;

// Each pixel tells its own place.
Image marked(int height, int width, std::uint8_t mark) {
  Image image{.height = height, .width = width, .channels = 3, .pixels = {}};
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column)
      for (const int value : {int{mark}, 20 * row, 20 * column})
        image.pixels.push_back(static_cast<std::uint8_t>(value));
  return image;
}

Gallery three_cells() {
  Gallery gallery{.title = "a title", .columns = 2, .scale = 3};
  for (const std::uint8_t mark : {10, 20, 30}) gallery.cells.push_back({.image = marked(4, 5, mark)});
  return gallery;
}

void write_program(const std::filesystem::path& path, const std::string& text) {
  core::write_file(path, text);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

TEST(PlainGrid, PlacesEveryPixelAsASquare) {
  const Image grid = plain_grid(three_cells());
  ASSERT_EQ(grid.width, 2 * (15 + 6) + 6);
  ASSERT_EQ(grid.height, 2 * (12 + 6) + 6);
  const std::vector<std::uint8_t> white{255, 255, 255};
  for (int row = 0; row < grid.height; ++row)
    for (int column = 0; column < grid.width; ++column) {
      const int cell_row = row / 18, cell_column = column / 21, y = row % 18 - 6, x = column % 21 - 6;
      const std::size_t cell = static_cast<std::size_t>(2 * cell_row + cell_column);
      const bool inside = y >= 0 && x >= 0 && cell_row < 2 && cell_column < 2 && cell < 3;
      const std::vector<std::uint8_t> expected =
          inside ? pixel(marked(4, 5, static_cast<std::uint8_t>(10 * (cell + 1))), y / 3, x / 3) : white;
      ASSERT_EQ(pixel(grid, row, column), expected) << row << ", " << column;
    }
}

TEST(WriteGallery, WithoutGnuplotWritesTheGridAndSaysSo) {
  const support::TemporaryFolder folder;
  const support::EnvironmentVariable path("PATH", folder.path().string());
  EXPECT_TRUE(contains(write_gallery(folder.path() / "grid.png", three_cells()), "isn't installed"));
  EXPECT_EQ(read_png(folder.path() / "grid.png").pixels, plain_grid(three_cells()).pixels);
}

TEST(WriteGallery, DrawsEveryPictureUprightAndUnmirrored) {
  if (!has_gnuplot()) GTEST_SKIP() << "gnuplot isn't installed: what it draws is not tested";
  const support::TemporaryFolder folder;
  ASSERT_EQ(write_gallery(folder.path() / "drawn.png", three_cells()), "");
  const Image drawn = read_png(folder.path() / "drawn.png");
  // Margins as in gallery.cpp: 16 left, 40 for the heading, 6 between.
  for (int cell = 0; cell < 3; ++cell)
    for (int row = 0; row < 4; ++row)
      for (int column = 0; column < 5; ++column) {
        const int y = 40 + cell / 2 * (12 + 6) + 3 * row + 1, x = 16 + cell % 2 * (15 + 6) + 3 * column + 1;
        EXPECT_EQ(pixel(drawn, y, x), pixel(marked(4, 5, static_cast<std::uint8_t>(10 * (cell + 1))), row, column))
            << "cell " << cell << ", row " << row << ", column " << column;
      }
}

TEST(WriteGallery, TakesAnyTitle) {
  if (!has_gnuplot()) GTEST_SKIP() << "gnuplot isn't installed: what it draws is not tested";
  const support::TemporaryFolder folder;
  const std::filesystem::path trap = folder.path() / "trap";
  Gallery gallery = three_cells();
  gallery.title = "`touch " + trap.string() + "` \"; system('touch " + trap.string() + "') #\\";
  gallery.cells[0].title = "actual : {/Symbol cat}_2\npredicted : ^dög @%\x01";
  gallery.row_titles = {"'", "\\n"};
  gallery.column_titles = {"\"\"", "$x"};
  EXPECT_EQ(write_gallery(folder.path() / "drawn.png", gallery), "");
  EXPECT_FALSE(std::filesystem::exists(trap)) << "a title was run";
}

TEST(WriteGallery, WhereGnuplotFailsWritesTheGridAndRepeatsItsWords) {
  const support::TemporaryFolder folder;
  write_program(folder.path() / "gnuplot", "#!/bin/sh\necho 'unknown terminal pngcairo' >&2\nexit 1\n");
  const support::EnvironmentVariable path("PATH", folder.path().string());
  const std::string reason = write_gallery(folder.path() / "x.png", three_cells());
  EXPECT_TRUE(contains(reason, "gnuplot failed: ") && contains(reason, "unknown terminal pngcairo")) << reason;
  EXPECT_FALSE(contains(reason, "isn't installed")) << reason;
  EXPECT_EQ(read_png(folder.path() / "x.png").pixels, plain_grid(three_cells()).pixels);
}

TEST(GnuplotString, QuotesWhatGnuplotWouldRead) {
  EXPECT_EQ(gnuplot_string("a\"b\\c`d\ne\tf"), R"("a\"b\\c\`d\ne f")");
  EXPECT_EQ(gnuplot_string("größe"), "\"größe\"");
  EXPECT_EQ(gnuplot_string("\x1b[2J\u202e\xe9"), R"("\\u001b[2J\\u202e\\xe9")");
}

}  // namespace
}  // namespace reslab::report
