#include "reslab/report/lr_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reslab/core/error.h"
#include "reslab/core/order.h"
#include "reslab/report/gnuplot.h"

namespace reslab::report {
namespace {

using core::concatenate;

struct Range {
  double low, high;
};

// From a little below the lowest loss to somewhat above where the curve begins. Beyond its lowest place a curve goes
// wherever it likes, and its band with it.
Range loss_range(const LrPlot& plot) {
  const auto lowest = std::ranges::min_element(plot.smoothed, core::lowest_first) - plot.smoothed.begin();
  const double first = *std::ranges::find_if(plot.smoothed, [](double value) { return std::isfinite(value); });
  double low = first;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(lowest); ++i)
    for (const double value :
         {plot.smoothed[i], plot.deviation.empty() ? plot.loss[i] : plot.smoothed[i] - plot.deviation[i]})
      if (std::isfinite(value)) low = std::min(low, value);
  const double height = std::max(first - low, 0.05 * std::abs(first));
  // No loss is below 0, though its band may be.
  const double least =
      plot.smoothed[static_cast<std::size_t>(lowest)] >= 0 ? 0 : -std::numeric_limits<double>::infinity();
  return {std::max(low - 0.08 * height, least), std::max(first + 0.3 * height, 1e-9)};
}

std::string rounded(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2g", value);
  return text.data();
}

}  // namespace

Figure lr_figure(const LrPlot& plot) {
  RESLAB_ASSERT(!plot.lr.empty() && plot.loss.size() == plot.lr.size() && plot.smoothed.size() == plot.lr.size());
  RESLAB_ASSERT(plot.deviation.empty() || plot.deviation.size() == plot.lr.size(), plot.deviation.size());
  Figure figure{.width = 8.5, .height = 4.3};
  std::vector<double> low = plot.smoothed, high = plot.smoothed;
  for (std::size_t i = 0; i < plot.deviation.size(); ++i) low[i] -= plot.deviation[i], high[i] += plot.deviation[i];
  figure.data.emplace_back("curve.dat", columns({plot.lr, plot.loss, plot.smoothed, low, high}));
  const bool known = any_finite(plot.smoothed);
  const Range range = known ? loss_range(plot) : Range{.low = 0, .high = 1};
  figure.script = concatenate("set title ", gnuplot_string(plot.title), " noenhanced\nset xlabel \"learning rate",
                              plot.logarithmic ? " (logarithmic)" : "", "\"\nset ylabel \"training loss\"\n",
                              plot.logarithmic ? "set logscale x\nset format x \"10^{%T}\"\n" : "", "set xrange [",
                              number(plot.lr.front()), ":", number(plot.lr.back()), "]\nset yrange [",
                              number(range.low), ":", number(range.high), "]\nset key outside right top\n");
  if (!known) {
    figure.script += plot_of_nothing();
    return figure;
  }
  figure.script += "plot ";
  if (!plot.deviation.empty())
    figure.script += concatenate("'curve.dat' using 1:4:5 with filledcurves linecolor rgb \"", palette[0],
                                 "\" fillstyle solid 0.18 noborder title \"± deviation over seeds\", ");
  else
    figure.script += concatenate("'curve.dat' using 1:2 with lines linecolor rgb \"", faint,
                                 "\" linewidth 0.6 title \"by batch\", ");
  figure.script += concatenate("'curve.dat' using 1:3 with lines linestyle 1 linewidth 1.8 title \"",
                               plot.deviation.empty() ? "smoothed" : "smoothed, mean", "\"");
  constexpr int shapes[] = {7, 5, 9, 11, 13};
  for (std::size_t i = 0; i < plot.marks.size(); ++i) {
    const LrMark& mark = plot.marks[i];
    const std::string name = concatenate("mark", i, ".dat");
    figure.data.emplace_back(name, columns({{mark.lr}, {mark.loss}}));
    figure.script += concatenate(
        ", '", name, "' with points pointtype ", shapes[i % std::size(shapes)], " pointsize ", mark.chosen ? 1 : 0.7,
        " linecolor rgb \"", colour(i + 1), "\" title ",
        gnuplot_string(mark.name + "  " + rounded(mark.lr) + (mark.chosen ? "  (recommended)" : "")), " noenhanced");
  }
  figure.script += "\n";
  return figure;
}

}  // namespace reslab::report
