// `reslab plot [RUN…]`: figures of runs.
#include <CLI/CLI.hpp>
#include <iostream>

#include "reslab/cli/command.h"
#include "reslab/cli/opened_run.h"
#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/core/printable.h"
#include "reslab/report/figure.h"
#include "reslab/report/run_plots.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

struct PlotFlags {
  std::vector<std::string> runs;
  std::filesystem::path output;
  std::vector<std::string> formats{"png"}, figures;
  RunFlags run;
};

std::string reason(const core::UserError& problem) { return problem.parts().attempted + ": " + problem.parts().found; }

// Throws DamagedFile where the weights can't be used.
void add_predictions(report::PlottedRun& plotted, RunFlags flags) {
  flags.run = plotted.folder.path.string();
  const OpenedRun opened = open_run(flags, "plot");
  try {
    plotted.predictions =
        explain::predict(*opened.network, opened.source(), opened.compute, {.batch_size = opened.batch_size});
  } catch (const core::UserError& problem) {
    plotted.no_predictions = reason(problem);
    return;
  }
  plotted.classes = opened.classes();
  plotted.dataset = core::concatenate(opened.split().name, ", ", plotted.predictions->size(), " samples");
}

// Predictions cost seconds, so only where they are asked for; a run without weights, or whose weights can't be used,
// has curves all the same.
report::PlottedRun open(const std::string& name, const PlotFlags& flags, bool predict) {
  report::PlottedRun plotted{.folder = track::find_run(name, flags.run.runs)};
  std::error_code error;
  if (!predict || !std::filesystem::exists(plotted.folder.weights(), error)) return plotted;
  try {
    add_predictions(plotted, flags.run);
  } catch (const core::DamagedFile& problem) {
    plotted.no_predictions = reason(problem);
  }
  return plotted;
}

ExitCode run(const PlotFlags& flags) {
  const std::vector<std::string> names = flags.runs.empty() ? std::vector<std::string>{""} : flags.runs;
  const auto& figures = flags.figures.empty() ? report::plot_names() : flags.figures;
  report::PlotOptions options{.folder = flags.output, .formats = flags.formats, .names = flags.figures};
  report::check_plot_options(options);  // before anything that takes time
  std::vector<report::PlottedRun> runs;
  runs.reserve(names.size());
  for (const std::string& name : names)
    runs.push_back(open(name, flags, std::ranges::any_of(figures, report::needs_predictions)));
  if (options.folder.empty()) options.folder = runs.size() == 1 ? runs.front().folder.plots() : "plots";
  const report::RunPlots plots = report::write_run_plots(runs, options);
  for (const std::filesystem::path& file : plots.files) std::cout << core::printable(file.string()) << '\n';
  for (const std::string& reason : plots.left_out) std::cerr << "left out: " << core::printable(reason) << '\n';
  return plots.left_out.empty() ? ExitCode::ok : ExitCode::some_inputs_skipped;
}

}  // namespace

Action prepare_plot(CLI::App& app) {
  const auto flags = std::make_shared<PlotFlags>();
  app.add_option("runs", flags->runs, "paths or names of runs, drawn over each other; left out, the newest run")
      ->type_name("RUN…");
  app.add_option("-o,--output", flags->output, "folder of the files (default: plots in the run; ./plots for several)")
      ->type_name("DIR");
  app.add_option("--format", flags->formats, core::join(report::figure_formats()) + "; several by commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("FORMAT")
      ->capture_default_str();
  app.add_option("--figure", flags->figures, "only these: " + core::join(report::plot_names()))
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME");
  add_network_options(app, flags->run);
  return [flags] { return run(*flags); };
}

}  // namespace reslab::cli
