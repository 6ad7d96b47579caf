// The figures of runs, as files: for `plot`, for the end of a training, for a report.
//
//   const RunPlots plots = write_run_plots({{.folder = run, .predictions = predictions, .classes = classes}},
//                                          {.folder = run.plots()});
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reslab/explain/predictions.h"
#include "reslab/track/run_folder.h"

namespace reslab::report {

/// A run to plot, with what its network says of a data set where that is known.
struct PlottedRun {
  track::RunFolder folder;
  std::optional<explain::Predictions> predictions = {};
  std::vector<std::string> classes = {};                  ///< names by label, with `predictions`
  std::string dataset = {};                               ///< "cifar10 test", likewise
  std::string no_predictions = "the run has no weights";  ///< why there are none, where there are none
};

/// "validation" (the original's two panels), "training", "confusion", "calibration".
const std::vector<std::string>& plot_names();

struct PlotOptions {
  std::filesystem::path folder;                ///< made when missing
  std::vector<std::string> formats = {"png"};  ///< of report::figure_formats()
  std::vector<std::string> names = {};         ///< of plot_names(); empty: all
};

struct RunPlots {
  std::vector<std::filesystem::path> files;  ///< written, pictures and CSVs
  std::vector<std::string> left_out;         ///< what wasn't, and why, a line each
};

/// Throws UserError, with the nearest name, for an unknown name or format.
void check_plot_options(const PlotOptions& options);

/// Whether a figure needs predictions.
bool needs_predictions(const std::string& plot_name);

/// Writes the figures, runs over each other where there are several, with confusion.csv, classes.csv and
/// calibration.csv. Without gnuplot the CSVs alone; one that gnuplot can't draw takes no other away. A figure without a
/// finite value says so. Throws UserError when a run has no finished epoch, a file can't be written, or a name is
/// unknown.
RunPlots write_run_plots(const std::vector<PlottedRun>& runs, const PlotOptions& options);

}  // namespace reslab::report
