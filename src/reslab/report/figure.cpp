#include "reslab/report/figure.h"

#include <array>
#include <charconv>
#include <cmath>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/nearest.h"
#include "reslab/report/gnuplot.h"

namespace reslab::report {
namespace {

using core::concatenate;

constexpr double svg_points = 80, png_points = 96;  // of a font, in an inch as the terminal takes it
constexpr int svg_units = 100;                      // in an inch

std::string size_in(double units_per_inch, const Figure& figure) {
  return concatenate(std::lround(figure.width * units_per_inch), ",", std::lround(figure.height * units_per_inch));
}

// Terminals measure fonts and lines in their own units: pixels, or points.
std::string terminal(FigureFormat format, const Figure& figure) {
  const auto set = [&](const char* name, const std::string& size, double scale) {
    return concatenate("set terminal ", name, " enhanced size ", size, " font \"Sans,",
                       figure.font * (format == FigureFormat::pdf ? 1 : scale), "\" linewidth ", scale,
                       " background rgb \"white\"\n");
  };
  switch (format) {
    case FigureFormat::png:
      return set("pngcairo", concatenate(size_in(figure.dpi, figure), " pointscale ", 0.75 * figure.dpi / png_points),
                 figure.dpi / png_points);
    case FigureFormat::svg: return set("svg", size_in(svg_units, figure), svg_units / svg_points);
    case FigureFormat::pdf: break;
  }
  return set("pdfcairo", concatenate(figure.width, "in,", figure.height, "in fontscale 0.75"), 1.2);
}

std::string look() {
  std::string script = concatenate(
      "set border 3 linecolor rgb \"#555555\" linewidth 0.8\n"
      "set tics nomirror out scale 0.6 textcolor rgb \"",
      ink, "\"\nset grid linecolor rgb \"#E4E4E4\" linewidth 0.6 linetype 1, linecolor rgb \"#E4E4E4\" linetype 1\n",
      "set key top right reverse Left samplen 2 spacing 1.2 textcolor rgb \"", ink, "\"\n");
  for (const char* label : {"xlabel", "ylabel", "y2label", "title"})
    script += concatenate("set ", label, " textcolor rgb \"", ink, "\"\n");
  for (std::size_t i = 0; i < std::size(palette); ++i)
    script += concatenate("set style line ", i + 1, " linecolor rgb \"", palette[i], "\" linewidth 1.4 pointtype 7\n");
  return script;
}

FigureFormat format_of(const std::filesystem::path& file) {
  const std::string ending = file.extension().string();
  return figure_format_named(ending.empty() ? "" : ending.substr(1));
}

}  // namespace

const char* const gnuplot_missing =
    "gnuplot isn't installed, so no figure was drawn (Debian and Ubuntu: apt install gnuplot-nox)";

const std::vector<std::string>& figure_formats() {
  static const std::vector<std::string> names{"png", "svg", "pdf"};
  return names;
}

FigureFormat figure_format_named(const std::string& name) {
  const auto& names = figure_formats();
  const auto found = std::ranges::find(names, name);
  if (found == names.end())
    throw core::UserError({.attempted = "draw a figure as '" + name + "'",
                           .found = "no format of that name",
                           .allowed = core::join(names),
                           .remedy = core::did_you_mean(name, names)});
  return static_cast<FigureFormat>(found - names.begin());
}

const char* colour(std::size_t index) { return palette[index % std::size(palette)]; }

bool write_figure(const std::filesystem::path& file, const Figure& figure) {
  const FigureFormat format = format_of(file);
  const std::string output = "out" + file.extension().string();
  const auto drawn = run_gnuplot({.script = "set encoding utf8\n" + terminal(format, figure) +
                                            concatenate("set output \"", output, "\"\n") + look() + figure.script,
                                  .data = figure.data,
                                  .output = output});
  if (!drawn) return false;
  core::DurableFile out(file);
  out.write(*drawn);
  out.commit();
  return true;
}

std::string number(double value) {
  if (!std::isfinite(value)) return "NaN";
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

bool any_finite(const std::vector<double>& values) {
  return std::ranges::any_of(values, [](double value) { return std::isfinite(value); });
}

std::string plot_of_nothing() {
  return concatenate(
      "set yrange [0:1]\nset format y \"\"\nset label 99 \"no finite value\" at graph 0.5, graph 0.5 center textcolor "
      "rgb "
      "\"",
      ink, "\"\nplot NaN notitle\nunset label 99\nset format y\nset yrange [*:*]\n");
}

std::string columns(const std::vector<std::vector<double>>& columns) {
  std::string text;
  for (std::size_t row = 0; !columns.empty() && row < columns.front().size(); ++row)
    for (std::size_t i = 0; i < columns.size(); ++i) {
      RESLAB_ASSERT(columns[i].size() == columns.front().size(), "columns of different lengths");
      text += number(columns[i][row]) + (i + 1 < columns.size() ? ' ' : '\n');
    }
  return text;
}

}  // namespace reslab::report
