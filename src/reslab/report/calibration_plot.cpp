#include "reslab/report/calibration_plot.h"

#include <cstdio>

#include "reslab/core/error.h"
#include "reslab/report/gnuplot.h"

namespace reslab::report {
namespace {

using core::concatenate;

// Columns: middle, mean confidence, accuracy, share of the samples in percent. Bins without samples have no accuracy.
std::string table(const explain::Calibration& calibration) {
  std::string text;
  for (const explain::CalibrationBin& bin : calibration.bins) {
    const bool empty = bin.samples == 0;
    const double share =
        100.0 * static_cast<double>(bin.samples) / static_cast<double>(std::max<std::int64_t>(calibration.samples, 1));
    text += concatenate(number((bin.low + bin.high) / 2), ' ', empty ? "NaN" : number(bin.confidence), ' ',
                        empty ? "NaN" : number(bin.accuracy), ' ', number(share), '\n');
  }
  return text;
}

std::string error_text(const explain::Calibration& calibration) {
  std::array<char, 60> text{};
  std::snprintf(text.data(), text.size(), "ECE %.2f %%", 100 * calibration.error);
  return text.data();
}

std::string upper_panel(const std::vector<CalibrationPlot>& runs, double width) {
  std::string script = concatenate(
      "set lmargin at screen 0.15\nset rmargin at screen 0.96\nset tmargin at screen 0.93\nset bmargin at screen 0.40\n"
      "set xrange [0:1]\nset yrange [0:1]\nset xtics 0.2 format \"\"\nset ytics 0.2\nset ylabel \"accuracy\"\n"
      "set key top left\nset title \"Reliability\"\nset boxwidth ",
      number(width), " absolute\nplot ");
  if (runs.size() == 1)
    script += concatenate("'run-0.dat' using 1:3 with boxes linecolor rgb \"", palette[0],
                          "\" linewidth 0.8 fillstyle solid 0.25 border notitle, ");
  script += concatenate("x with lines linecolor rgb \"", faint, "\" linewidth 1 dashtype 2 title \"perfect\"");
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string name = runs.size() == 1 ? "" : runs[i].name + ", ";
    script += concatenate(", 'run-", i, ".dat' using 2:3 with linespoints pointtype 7 pointsize 0.45 linewidth 1.4 ",
                          "linecolor rgb \"", colour(i), "\" title ",
                          gnuplot_string(name + error_text(runs[i].calibration)), " noenhanced");
  }
  return script + "\n";
}

std::string lower_panel(const std::vector<CalibrationPlot>& runs) {
  std::string script =
      "set tmargin at screen 0.36\nset bmargin at screen 0.11\nunset title\nunset key\nset yrange [0:*]\n"
      "set xtics 0.2 format \"%g\"\nset ytics autofreq\nset ylabel \"samples (%)\"\n"
      "set xlabel \"confidence (probability of the predicted class)\"\nplot ";
  // The colour goes before the filling, or the filling has another one.
  for (std::size_t i = 0; i < runs.size(); ++i)
    script += concatenate(i == 0 ? "" : ", ", "'run-", i, ".dat' using 1:4 with ",
                          runs.size() == 1 ? "boxes" : "histeps", " linecolor rgb \"", colour(i), "\" linewidth ",
                          runs.size() == 1 ? "0.8 fillstyle solid 0.25 border" : "1.4");
  return script + "\n";
}

}  // namespace

Figure calibration_figure(const std::vector<CalibrationPlot>& runs) {
  RESLAB_ASSERT(!runs.empty() && !runs.front().calibration.bins.empty());
  Figure figure{.width = 5.2, .height = 6};
  for (std::size_t i = 0; i < runs.size(); ++i)
    figure.data.emplace_back(concatenate("run-", i, ".dat"), table(runs[i].calibration));
  const explain::CalibrationBin& bin = runs.front().calibration.bins.front();
  figure.script = "set multiplot\n" + upper_panel(runs, bin.high - bin.low) + lower_panel(runs) + "unset multiplot\n";
  return figure;
}

}  // namespace reslab::report
