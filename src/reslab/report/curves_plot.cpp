#include "reslab/report/curves_plot.h"

#include <algorithm>
#include <cmath>

#include "reslab/core/error.h"
#include "reslab/report/gnuplot.h"

namespace reslab::report {
namespace {

using core::concatenate;

constexpr std::size_t most_points = 4000;  // of a line: more than a figure can show

enum class Quantity { loss, accuracy };
struct Split {
  const char* name;
  SplitCurves TrainingCurves::*curves;
  int dash;  // gnuplot's dashtype, which tells splits where colours tell runs
};
constexpr Split train_split{"training", &TrainingCurves::train, 2}, test_split{"test", &TrainingCurves::test, 1},
    holdout_split{"hold-out", &TrainingCurves::holdout, 3};

const std::vector<double>& values_of(const TrainingCurves& run, const Split& split, Quantity quantity) {
  const SplitCurves& curves = run.*split.curves;
  return quantity == Quantity::loss ? curves.loss : curves.accuracy;
}

// Data files and the `plot` command that draws them.
class Panel {
 public:
  Panel(Figure& figure, std::string name) : figure_(figure), name_(std::move(name)) {}

  /// `of_what` is said in the legend where no value of y is finite, and else `title`.
  void add(const std::vector<double>& x, const std::vector<double>& y, const std::string& style,
           const std::string& title, const std::string& of_what) {
    if (!any_finite(y)) {
      left_out_.emplace_back(style, of_what + " (no finite value)");
      return;
    }
    const std::string file = concatenate(name_, "-", count_++, ".dat");
    figure_.data.emplace_back(file, columns({x, y}));
    command_ += concatenate(command_.empty() ? "plot " : ", ", "'", file, "' using 1:2 ", style,
                            title.empty() ? " notitle" : " title " + gnuplot_string(title) + " noenhanced");
  }
  // A line of the legend alone.
  void add_legend(const std::string& style, const std::string& title) {
    command_ +=
        concatenate(command_.empty() ? "plot " : ", ", "NaN ", style, " title ", gnuplot_string(title), " noenhanced");
  }
  /// What has no finite value is named in the legend, where other lines have some.
  std::string command() {
    if (command_.empty()) return plot_of_nothing();
    for (const auto& [style, title] : left_out_) add_legend(style, title);
    return command_ + "\n";
  }
  /// Whether nothing was added.
  bool empty() const { return command_.empty() && left_out_.empty(); }
  /// Whether a line was added that has a finite value.
  bool has_line() const { return !command_.empty(); }

 private:
  Figure& figure_;
  std::string name_, command_;
  std::vector<std::pair<std::string, std::string>> left_out_;  // style and title
  int count_ = 0;
};

double last_epoch(const std::vector<TrainingCurves>& runs) {
  double last = 1;
  for (const TrainingCurves& run : runs)
    if (!run.epochs.empty()) last = std::max(last, run.epochs.back());
  return last;
}

// Whole epochs, a dozen at most, and a single one in the middle.
std::string epoch_axis(const std::vector<TrainingCurves>& runs) {
  const double last = last_epoch(runs);
  double step = 1;
  for (const double candidate : {1., 2., 5., 10., 20., 50., 100., 200., 500., 1000.}) {
    step = candidate;
    if (last / candidate <= 12) break;
  }
  return concatenate("set xlabel \"epoch\"\nset xtics ", step, "\nset xrange [", last > 1 ? 1 : 0, ":",
                     last > 1 ? last : 2, "]\n");
}

struct Look {
  double line = 1.5, point = 0.35;
};

std::string line_style(const Look& look, std::size_t colour_index, int dash, std::size_t points) {
  // Few points are shown as such: one alone would be no line.
  const bool few = points <= 40;
  const double size = points == 1 ? 2 * look.point : look.point;
  return concatenate(few ? concatenate("with linespoints pointtype 7 pointsize ", size) : "with lines",
                     " linecolor rgb \"", colour(colour_index), "\" linewidth ", look.line, " dashtype ", dash);
}

std::vector<double> in_percent(std::vector<double> values) {
  for (double& value : values) value *= 100;
  return values;
}

// A panel of one quantity by epoch. With one run colours tell the splits, with several the runs, and dashes the splits.
std::string epochs_panel(Figure& figure, const std::vector<TrainingCurves>& runs, Quantity quantity,
                         const std::vector<Split>& splits, const std::string& title, const Look& look = {}) {
  const bool loss = quantity == Quantity::loss;
  Panel panel(figure, loss ? "loss" : "accuracy");
  for (std::size_t r = 0; r < runs.size(); ++r)
    for (std::size_t p = 0; p < splits.size(); ++p) {
      const std::vector<double>& values = values_of(runs[r], splits[p], quantity);
      if (values.empty()) continue;
      const bool alone = runs.size() == 1;
      // The runs of several splits have a legend of their own, below the panels.
      const std::string name = splits.size() == 1 ? (alone ? "" : runs[r].name) : alone ? splits[p].name : "";
      panel.add(runs[r].epochs, loss ? values : in_percent(values),
                line_style(look, alone ? p : r, alone ? 1 : splits[p].dash, values.size()), name,
                alone                ? splits[p].name
                : splits.size() == 1 ? runs[r].name
                                     : runs[r].name + ", " + splits[p].name);
    }
  if (panel.empty()) return "set multiplot next\n";
  if (runs.size() > 1 && splits.size() > 1 && panel.has_line())
    for (const Split& split : splits)
      if (std::ranges::any_of(runs, [&](const auto& run) { return !values_of(run, split, quantity).empty(); }))
        panel.add_legend(concatenate("with lines linecolor rgb \"", faint, "\" linewidth 1.5 dashtype ", split.dash),
                         split.name);
  return concatenate("set title ", gnuplot_string(title), "\n", epoch_axis(runs), "set ylabel \"",
                     loss ? "loss" : "accuracy (%)", "\"\n", "set key ", loss ? "top" : "bottom", " right\n",
                     "set yrange [0<*:*", loss ? "" : "<100", "]\n", panel.command(), "set yrange [*:*]\n");
}

std::vector<double> thinned(const std::vector<double>& values) {
  if (values.size() <= most_points) return values;
  std::vector<double> kept;
  for (std::size_t i = 0; i < most_points; ++i) kept.push_back(values[i * (values.size() - 1) / (most_points - 1)]);
  return kept;
}

std::string steps_panel(Figure& figure, const std::vector<TrainingCurves>& runs, bool lr) {
  Panel panel(figure, lr ? "lr" : "momentum");
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const TrainingCurves& run = runs[r];
    if (run.steps.empty()) continue;
    panel.add(thinned(run.steps), thinned(lr ? run.lr : run.momentum),
              concatenate("with lines linecolor rgb \"", colour(r), "\" linewidth 1.5"), "", run.name);
  }
  if (panel.empty()) return "set multiplot next\n";
  return concatenate("set title \"", lr ? "Learning rate" : "Momentum",
                     "\"\nset xlabel \"step\"\nset xrange [0:", panel.has_line() ? "*" : "1", "]\n",
                     "set xtics auto\nset ylabel \"", lr ? "learning rate" : "momentum", "\"\nset yrange [",
                     lr ? "0:*" : "0<*:*", "]\nset offsets graph 0, 0, ",
                     lr ? "graph 0.05, 0" : "graph 0.08, graph 0.08", "\n", panel.command(),
                     "set offsets 0, 0, 0, 0\nset yrange [*:*]\n");
}

// Panels of one size, and below them room for so many lines of a legend. All room is measured in letters.
std::string layout(const char* rows_and_columns, int legend_lines, const Figure& figure) {
  const double em = figure.font / 72, x = em / figure.width, y = em / figure.height;
  return concatenate("set multiplot layout ", rows_and_columns, " margins screen ", 7.4 * x, ", ", 1 - 2.2 * x, ", ",
                     (4.5 + 1.7 * legend_lines) * y, ", ", 1 - 2.8 * y, " spacing screen ", 8.6 * x, ", ", 7.5 * y,
                     "\n");
}

constexpr int legend_columns = 3;

int legend_lines(const std::vector<TrainingCurves>& runs) {
  return runs.size() == 1 ? 0 : static_cast<int>(runs.size() + legend_columns - 1) / legend_columns;
}

// The runs' colours. gnuplot's own legend keeps to the width of its panel; this one has the figure's.
std::string legend(const std::vector<TrainingCurves>& runs, const Figure& figure) {
  constexpr std::size_t longest = 36;  // letters that fit a column
  const double em = figure.font / 72 / figure.height;
  std::string script;
  for (std::size_t i = 0; legend_lines(runs) > 0 && i < runs.size(); ++i) {
    const double x = 0.06 + static_cast<double>(i % legend_columns) * 0.315;
    const int line = static_cast<int>(i) / legend_columns;
    const double y = (0.3 + 1.7 * (legend_lines(runs) - line - 0.5)) * em;
    std::string name = runs[i].name;
    if (name.size() > longest) name = name.substr(0, longest - 3) + "...";
    script += concatenate("set arrow from screen ", x, ", screen ", y, " to screen ", x + 0.035, ", screen ", y,
                          " nohead linewidth 1.5 linecolor rgb \"", colour(i), "\"\nset label ", gnuplot_string(name),
                          " at screen ", x + 0.045, ", screen ", y, " left noenhanced textcolor rgb \"", ink, "\"\n");
  }
  return script;
}

}  // namespace

Figure validation_figure(const std::vector<TrainingCurves>& runs) {
  RESLAB_ASSERT(!runs.empty());
  Figure figure{.width = 25, .height = 6, .font = 16, .dpi = 100};
  const Look look{.line = 2.2, .point = 0.6};
  figure.script = layout("1, 2", 0, figure) +
                  epochs_panel(figure, runs, Quantity::loss, {test_split}, "Validation loss (test set)", look) +
                  epochs_panel(figure, runs, Quantity::accuracy, {test_split}, "Validation accuracy (test set)", look) +
                  "unset multiplot\n";
  return figure;
}

Figure training_figure(const std::vector<TrainingCurves>& runs) {
  RESLAB_ASSERT(!runs.empty());
  Figure figure{.width = 10, .height = 7};
  const std::vector<Split> splits{test_split, train_split, holdout_split};
  figure.script = layout("2, 2", legend_lines(runs), figure) + legend(runs, figure) +
                  epochs_panel(figure, runs, Quantity::loss, splits, "Loss") + "unset arrow\nunset label\n" +
                  epochs_panel(figure, runs, Quantity::accuracy, splits, "Accuracy") + "unset key\n" +
                  steps_panel(figure, runs, true) + steps_panel(figure, runs, false) + "unset multiplot\n";
  return figure;
}

}  // namespace reslab::report
