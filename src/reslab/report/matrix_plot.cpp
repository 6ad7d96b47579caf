#include "reslab/report/matrix_plot.h"

#include <algorithm>
#include <numeric>

#include "reslab/core/error.h"
#include "reslab/report/gnuplot.h"
#include "reslab/report/short_text.h"

namespace reslab::report {
namespace {

using core::concatenate;

constexpr std::size_t most_numbered = 25;  // classes whose cells have room for a number
constexpr std::size_t most_letters = 21;   // of a name: longer ones would leave the matrix no room
constexpr double dark = 0.42;              // from this share on, light letters are read better

std::string tics(const std::vector<std::string>& classes) {
  std::string text;
  for (std::size_t i = 0; i < classes.size(); ++i)
    text += concatenate(i == 0 ? "(" : ", ", gnuplot_string(shortened(classes[i], most_letters)), " ", i);
  return text + ")";
}

}  // namespace

Figure confusion_figure(const ConfusionPlot& plot) {
  const std::size_t n = plot.classes.size();
  RESLAB_ASSERT(n >= 1 && plot.counts.size() == n, plot.counts.size(), " rows for ", n, " classes");
  std::string cells, light_text, dark_text;
  for (std::size_t row = 0; row < n; ++row) {
    RESLAB_ASSERT(plot.counts[row].size() == n, plot.counts[row].size());
    const auto all = static_cast<double>(
        std::max<std::int64_t>(std::accumulate(plot.counts[row].begin(), plot.counts[row].end(), std::int64_t{0}), 1));
    for (std::size_t column = 0; column < n; ++column) {
      const std::int64_t count = plot.counts[row][column];
      const double share = static_cast<double>(count) / all;
      cells += concatenate(column, ' ', row, ' ', number(share), '\n');
      (share >= dark ? light_text : dark_text) += concatenate(column, ' ', row, ' ', count, '\n');
    }
  }
  // An empty data file is an error to gnuplot; a point far away is not seen.
  for (std::string* text : {&light_text, &dark_text})
    if (text->empty()) *text = "-9 -9 0\n";
  const double side = std::clamp(2.2 + 0.45 * static_cast<double>(n), 4.0, 14.0);
  Figure figure{.width = side + 1.1, .height = side, .font = n > 12 ? 8. : 10.};
  figure.data = {{"cells.dat", cells}, {"light.dat", light_text}, {"dark.dat", dark_text}};
  figure.script = concatenate(
      "unset grid\nunset key\nset size ratio -1\nset border 15 linewidth 0.6\nset tics scale 0 noenhanced\nset title ",
      gnuplot_string(plot.title), " noenhanced\nset xlabel \"predicted class\"\nset ylabel \"true class\"\n",
      "set xtics rotate by 45 right ", tics(plot.classes), "\nset ytics ", tics(plot.classes),
      "\nset xrange [-0.5:", static_cast<double>(n) - 0.5, "]\nset yrange [", static_cast<double>(n) - 0.5,
      ":-0.5]\nset cbrange [0:1]\n",
      "set palette defined (0 '#FFFFFF', 0.05 '#E3EEF6', 0.3 '#8FBFDD', 0.7 '#2C7FB8', 1 '#08457E')\n",
      "set cblabel \"share of the true class\" textcolor rgb \"", ink, "\"\nset cbtics 0.2\n",
      "plot 'cells.dat' using 1:2:3 with image pixels");
  if (n <= most_numbered)
    figure.script += concatenate(", 'dark.dat' using 1:2:(sprintf(\"%d\", $3)) with labels textcolor rgb \"", ink,
                                 "\", 'light.dat' using 1:2:(sprintf(\"%d\", $3)) with labels textcolor rgb \"white\"");
  figure.script += "\n";
  return figure;
}

}  // namespace reslab::report
