// A figure of given size and one look, written as PNG, SVG or PDF.
//
//   report::Figure figure{.width = 7, .height = 4};
//   figure.data.emplace_back("curve.dat", "0 1\n1 2\n");
//   figure.script = "plot 'curve.dat' with lines linestyle 1\n";
//   if (!report::write_figure("curve.pdf", figure)) …   // gnuplot isn't installed
//
// Lengths mean the same in all three: a font of 10 points stays so when the figure is printed in its size. The styles
// of lines 1 … 8 are one palette that colour-blind readers can tell apart (Okabe and Ito, 2008).
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace reslab::report {

enum class FigureFormat { png, svg, pdf };

/// "png", "svg", "pdf", in the order of FigureFormat: what follows the dot of a file.
const std::vector<std::string>& figure_formats();

/// Throws UserError with the nearest name for an unknown one.
FigureFormat figure_format_named(const std::string& name);

struct Figure {
  double width = 7, height = 4.5;  ///< inches
  double font = 10;                ///< points
  int dpi = 200;                   ///< pixels an inch of a PNG: it has width · dpi by height · dpi pixels
  std::string script = {};         ///< what is plotted, after terminal and look have been set
  std::vector<std::pair<std::string, std::string>> data = {};  ///< files that the script reads: name and content
};

/// Colours of the line styles, "#rrggbb"; styles repeat after the last.
inline constexpr const char* palette[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                          "#E69F00", "#56B4E9", "#000000", "#8C6D31"};
inline constexpr const char* ink = "#222222";    ///< of text
inline constexpr const char* faint = "#9A9A9A";  ///< of what stands behind

const char* colour(std::size_t index);

/// Writes `file`, whose name ends in a format's, durably. False, and nothing is written, when gnuplot isn't installed.
/// Throws UserError when the file can't be written or its ending is unknown, and GnuplotFailed when gnuplot fails.
bool write_figure(const std::filesystem::path& file, const Figure& figure);

/// What is said where write_figure gives false.
extern const char* const gnuplot_missing;

/// A number in a script or its data: the fewest digits that read back to it; "NaN", which gnuplot leaves out, for what
/// is no finite number.
std::string number(double value);

/// Whether one of them is a finite number: gnuplot fails where it is to plot none.
bool any_finite(const std::vector<double>& values);

/// Commands for a panel without a finite value: it says so in its middle. The range of x must have been set; that of y
/// is automatic again afterwards.
std::string plot_of_nothing();

/// Columns of equal length as the content of a data file, a line a row.
std::string columns(const std::vector<std::vector<double>>& columns);

}  // namespace reslab::report
