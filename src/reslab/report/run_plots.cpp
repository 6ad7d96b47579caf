#include "reslab/report/run_plots.h"

#include <ATen/TensorOperators.h>

#include <algorithm>

#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/nearest.h"
#include "reslab/explain/calibration.h"
#include "reslab/report/calibration_plot.h"
#include "reslab/report/class_table.h"
#include "reslab/report/csv.h"
#include "reslab/report/curves_plot.h"
#include "reslab/report/gnuplot.h"
#include "reslab/report/matrix_plot.h"
#include "reslab/track/metrics.h"

namespace reslab::report {
namespace {

namespace fs = std::filesystem;

TrainingCurves curves_of(const track::RunFolder& run) {
  const auto missing = [&](const std::string& found) {
    throw core::UserError({.attempted = "plot the run " + run.name(),
                           .found = found,
                           .remedy = "let it finish an epoch: " + core::command({"resume", run.path.string()})});
  };
  if (!fs::exists(run.epochs())) missing("it has no epochs.csv");
  TrainingCurves curves{.name = run.name()};
  for (const track::EpochRow& row : track::read_epochs(run.epochs())) {
    curves.epochs.push_back(static_cast<double>(row.epoch));
    curves.train.loss.push_back(row.train_loss);
    curves.train.accuracy.push_back(row.train_accuracy);
    curves.test.loss.push_back(row.test_loss);
    curves.test.accuracy.push_back(row.test_accuracy);
    if (!row.holdout) continue;
    curves.holdout.loss.push_back(row.holdout->loss);
    curves.holdout.accuracy.push_back(row.holdout->accuracy);
  }
  if (curves.epochs.empty()) missing("it has no finished epoch");
  // A hold-out is there in all epochs or in none.
  if (curves.holdout.loss.size() != curves.epochs.size()) curves.holdout = {};
  if (!fs::exists(run.metrics())) return curves;
  for (const track::StepRow& row : track::read_metrics(run.metrics())) {
    curves.steps.push_back(static_cast<double>(row.step));
    curves.lr.push_back(row.lr);
    curves.momentum.push_back(row.momentum);
  }
  return curves;
}

class Writer {
 public:
  Writer(const std::vector<PlottedRun>& runs, const PlotOptions& options) : runs_(runs), options_(options) {
    for (const PlottedRun& run : runs) {
      if (options.folder == run.folder.plots()) core::check_own_folder(options.folder);
      if (run.predictions) predicted_.push_back(&run);
    }
    if (std::ranges::any_of(options.names.empty() ? plot_names() : options.names, needs_predictions))
      for (const PlottedRun& run : runs)
        if (!run.predictions && !predicted_.empty())
          result.left_out.push_back("predictions of " + run.folder.name() + ", for " + run.no_predictions);
    core::make_directories(options.folder);
  }

  void curves(const std::string& name) {
    std::vector<TrainingCurves> all;
    for (const PlottedRun& run : runs_) all.push_back(curves_of(run.folder));
    draw(name, name == "validation" ? validation_figure(all) : training_figure(all));
  }

  void confusion() {
    std::string text = "run,true,predicted,samples\n";
    for (const PlottedRun* run : predicted_) {
      const auto counts = explain::confusion_counts(*run->predictions);
      for (std::size_t i = 0; i < counts.size(); ++i)
        for (std::size_t j = 0; j < counts.size(); ++j)
          text += core::concatenate(csv_field(run->folder.name()), ',', csv_field(run->classes[i]), ',',
                                    csv_field(run->classes[j]), ',', counts[i][j], '\n');
      const std::string title = run->folder.name() + ", " + run->dataset;
      draw(runs_.size() == 1 ? "confusion" : "confusion-" + run->folder.name(),
           confusion_figure({.title = title, .classes = run->classes, .counts = counts}));
    }
    write("confusion.csv", text);
    classes();
  }

  void calibration() {
    std::string text = "run,low,high,samples,confidence,accuracy\n";
    std::vector<CalibrationPlot> plots;
    for (const PlottedRun* run : predicted_) {
      plots.push_back({.name = run->folder.name(), .calibration = explain::calibrate(*run->predictions)});
      for (const explain::CalibrationBin& bin : plots.back().calibration.bins)
        text += core::concatenate(csv_field(run->folder.name()), ',', number(bin.low), ',', number(bin.high), ',',
                                  bin.samples, ',', number(bin.confidence), ',', number(bin.accuracy), '\n');
    }
    write("calibration.csv", text);
    draw("calibration", calibration_figure(plots));
  }

  bool any_predictions() const { return !predicted_.empty(); }
  RunPlots result;

 private:
  void classes() {
    std::string text = core::concatenate("run,", class_columns, '\n');
    for (const PlottedRun* run : predicted_)
      text += class_rows(explain::measure_classes(run->predictions->labels, run->predictions->predicted,
                                                  run->predictions->probabilities),
                         run->classes, csv_field(run->folder.name()) + ",");
    write("classes.csv", text);
  }

  void write(const std::string& name, const std::string& text) {
    core::write_file(options_.folder / name, text);
    result.files.push_back(options_.folder / name);
  }

  void draw(const std::string& name, const Figure& figure) {
    for (const std::string& format : options_.formats) {
      if (!gnuplot_) return;
      const fs::path file = options_.folder / (name + "." + format);
      try {
        gnuplot_ = write_figure(file, figure);
      } catch (const GnuplotFailed& failure) {
        // The others may be drawn all the same.
        result.left_out.push_back(file.filename().string() + ": gnuplot can't draw it: " + failure.parts().found);
        continue;
      }
      if (gnuplot_)
        result.files.push_back(file);
      else
        result.left_out.emplace_back(gnuplot_missing);
    }
  }

  const std::vector<PlottedRun>& runs_;
  const PlotOptions& options_;
  std::vector<const PlottedRun*> predicted_;
  bool gnuplot_ = true;
};

}  // namespace

const std::vector<std::string>& plot_names() {
  static const std::vector<std::string> names{"validation", "training", "confusion", "calibration"};
  return names;
}

bool needs_predictions(const std::string& plot_name) { return plot_name == "confusion" || plot_name == "calibration"; }

void check_plot_options(const PlotOptions& options) {
  for (const std::string& format : options.formats) static_cast<void>(figure_format_named(format));
  for (const std::string& name : options.names)
    if (std::ranges::find(plot_names(), name) == plot_names().end())
      throw core::UserError({.attempted = "draw the figure '" + name + "'",
                             .found = "no figure of that name",
                             .allowed = core::join(plot_names()),
                             .remedy = core::did_you_mean(name, plot_names())});
}

RunPlots write_run_plots(const std::vector<PlottedRun>& runs, const PlotOptions& options) {
  RESLAB_ASSERT(!runs.empty());
  check_plot_options(options);
  Writer writer(runs, options);
  for (const std::string& name : options.names.empty() ? plot_names() : options.names) {
    if (!needs_predictions(name))
      writer.curves(name);
    else if (!writer.any_predictions())
      writer.result.left_out.push_back(name + ": no predictions, for " + runs.front().no_predictions);
    else if (name == "confusion")
      writer.confusion();
    else
      writer.calibration();
  }
  return writer.result;
}

}  // namespace reslab::report
