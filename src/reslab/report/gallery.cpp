#include "reslab/report/gallery.h"

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/image/png.h"
#include "reslab/report/gnuplot.h"
#include "reslab/report/short_text.h"

namespace reslab::report {
namespace {

using augment::Image;
using core::concatenate;

// All lengths are pixels of the written picture.
constexpr int margin = 16, gap = 6;
constexpr int heading_height = 40, column_title_height = 26, title_line_height = 17;
constexpr double letter_width = 8.5;   // of a row title, generous
constexpr double title_letter = 7.2;   // of a cell's or a column's title, a usual one
constexpr double heading_letter = 10;  // of the title above all
constexpr const char* heading_font = ",15";
constexpr const char* title_font = ",10";

void check(const Gallery& gallery) {
  RESLAB_ASSERT(!gallery.cells.empty() && gallery.columns >= 1 && gallery.scale >= 1, gallery.cells.size(), " cells");
  RESLAB_ASSERT(gallery.row_titles.empty() || gallery.row_titles.size() == gallery.rows(), gallery.row_titles.size());
  RESLAB_ASSERT(gallery.column_titles.empty() || gallery.column_titles.size() == gallery.columns,
                gallery.column_titles.size());
  const Image& first = gallery.cells.front().image;
  for (const GalleryCell& cell : gallery.cells)
    RESLAB_ASSERT(cell.image.channels == 3 && cell.image.height == first.height && cell.image.width == first.width,
                  cell.image.height, " × ", cell.image.width, " × ", cell.image.channels);
}

int count_lines(const std::string& text) {
  return text.empty() ? 0 : 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

// Letters, not bytes: a byte 10xxxxxx continues a letter of UTF-8.
double text_width(const std::string& text) {
  return letter_width *
         static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Where everything lies.
struct Layout {
  int left, top;                  // of the first cell
  int image_width, image_height;  // as drawn
  int cell_title_height;
  int width, height;  // in all
  std::size_t columns;

  explicit Layout(const Gallery& gallery) : columns(gallery.columns) {
    const Image& image = gallery.cells.front().image;
    image_width = image.width * gallery.scale;
    image_height = image.height * gallery.scale;
    double row_titles = 0;
    for (const std::string& title : gallery.row_titles) row_titles = std::max(row_titles, text_width(title) + gap);
    left = margin + static_cast<int>(row_titles);
    top = (gallery.title.empty() ? margin : heading_height) + (gallery.column_titles.empty() ? 0 : column_title_height);
    int lines = 0;
    for (const GalleryCell& cell : gallery.cells) lines = std::max(lines, count_lines(cell.title));
    cell_title_height = lines == 0 ? 0 : lines * title_line_height + gap;
    width = left + static_cast<int>(columns) * (image_width + gap) - gap + margin;
    height = top + static_cast<int>(gallery.rows()) * (cell_title_height + image_height + gap) - gap + margin;
  }

  int x(std::size_t column) const { return left + static_cast<int>(column) * (image_width + gap); }
  int y(std::size_t row) const {
    return top + static_cast<int>(row) * (cell_title_height + image_height + gap) + cell_title_height;
  }
};

std::string label(const std::string& text, double x, double y, const char* alignment, const char* font) {
  return concatenate("set label ", gnuplot_string(text), " at ", x, ",", y, " ", alignment, " font \"", font,
                     "\" textcolor rgb \"#222222\" noenhanced\n");
}

// Titles are cut to what fits: names of classes may have any length, and would stand in each other.
std::string fitting(const std::string& text, double room, double letter) {
  return shortened_lines(text, static_cast<std::size_t>(std::max(0.0, room / letter)));
}

std::string labels(const Gallery& gallery, const Layout& layout) {
  std::string script;
  const double room = layout.image_width + gap;
  if (!gallery.title.empty())
    script += label(fitting(gallery.title, layout.width - 2 * gap, heading_letter), layout.width / 2.0,
                    heading_height / 2.0, "center", heading_font);
  const double first_title = layout.top - column_title_height / 2.0;
  for (std::size_t i = 0; i < gallery.column_titles.size(); ++i)
    script += label(fitting(gallery.column_titles[i], room, title_letter), layout.x(i) + layout.image_width / 2.0,
                    first_title, "center", title_font);
  for (std::size_t i = 0; i < gallery.row_titles.size(); ++i)
    script +=
        label(gallery.row_titles[i], layout.left - gap, layout.y(i) + layout.image_height / 2.0, "right", title_font);
  for (std::size_t i = 0; i < gallery.cells.size(); ++i) {
    const std::string& title = gallery.cells[i].title;
    if (title.empty()) continue;
    const double x = layout.x(i % layout.columns) + layout.image_width / 2.0;
    // A label of several lines hangs from its first one.
    const double y = layout.y(i / layout.columns) - gap - (count_lines(title) - 0.5) * title_line_height;
    script += label(fitting(title, room, title_letter), x, y, "center", title_font);
  }
  return script;
}

// One unit of both axes is one pixel, y counted from the top.
std::string make_script(const Gallery& gallery) {
  const Layout layout(gallery);
  std::string script = concatenate("set encoding utf8\nset terminal pngcairo size ", layout.width, ",", layout.height,
                                   " background rgb \"white\"\nset output \"out.png\"\n",
                                   "set lmargin at screen 0\nset rmargin at screen 1\nset bmargin at screen 0\n"
                                   "set tmargin at screen 1\nunset border\nunset tics\nunset key\nset xrange [0:",
                                   layout.width, "]\nset yrange [", layout.height, ":0]\n");
  script += labels(gallery, layout);
  const Image& image = gallery.cells.front().image;
  const double half = gallery.scale / 2.0;
  for (std::size_t i = 0; i < gallery.cells.size(); ++i)
    script += concatenate(i == 0 ? "plot " : ", ", "\\\n'pixels.bin' binary skip=", i * image.pixels.size(), " array=(",
                          image.width, ",", image.height, ") format='%uchar%uchar%uchar' dx=", gallery.scale,
                          " dy=", gallery.scale, " origin=(", layout.x(i % layout.columns) + half, ",",
                          layout.y(i / layout.columns) + half, ") using 1:2:3 with rgbimage");
  return script + "\n";
}

std::string all_pixels(const Gallery& gallery) {
  std::string bytes;
  for (const GalleryCell& cell : gallery.cells)
    bytes.append(reinterpret_cast<const char*>(cell.image.pixels.data()), cell.image.pixels.size());
  return bytes;
}

}  // namespace

Image plain_grid(const Gallery& gallery) {
  check(gallery);
  const Image& first = gallery.cells.front().image;
  const int scale = gallery.scale, space = 2 * scale;
  const int step_x = first.width * scale + space, step_y = first.height * scale + space;
  Image grid{.height = static_cast<int>(gallery.rows()) * step_y + space,
             .width = static_cast<int>(gallery.columns) * step_x + space,
             .channels = 3,
             .pixels = {}};
  grid.pixels.assign(grid.offset(grid.height, 0), 255);
  for (std::size_t i = 0; i < gallery.cells.size(); ++i) {
    const Image& image = gallery.cells[i].image;
    const int left = space + static_cast<int>(i % gallery.columns) * step_x;
    const int top = space + static_cast<int>(i / gallery.columns) * step_y;
    for (int row = 0; row < image.height * scale; ++row)
      for (int column = 0; column < image.width * scale; ++column)
        std::copy_n(image.pixels.data() + image.offset(row / scale, column / scale), 3,
                    grid.pixels.data() + grid.offset(top + row, left + column));
  }
  return grid;
}

std::string write_gallery(const std::filesystem::path& file, const Gallery& gallery) {
  check(gallery);
  std::optional<std::vector<std::byte>> drawn;
  std::string reason = "gnuplot isn't installed (Debian and Ubuntu: apt install gnuplot-nox)";
  try {
    drawn = run_gnuplot({.script = make_script(gallery), .data = {{"pixels.bin", all_pixels(gallery)}}});
  } catch (const GnuplotFailed& failure) {
    reason = "gnuplot failed: " + failure.parts().found;
  }
  core::DurableFile out(file);
  out.write(drawn ? *drawn : image::encode_png(plain_grid(gallery)));
  out.commit();
  return drawn ? "" : reason;
}

}  // namespace reslab::report
