// `reslab report [RUN…]`: all there is to see of one run or several, in one HTML file.
#include <CLI/CLI.hpp>
#include <iostream>

#include "reslab/cli/command.h"
#include "reslab/cli/opened_run.h"
#include "reslab/cli/validators.h"
#include "reslab/core/file.h"
#include "reslab/core/printable.h"
#include "reslab/core/quantity.h"
#include "reslab/report/run_page.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

struct ReportFlags {
  RunFlags opening;
  std::vector<std::string> runs;
  std::filesystem::path output;
  report::ReportOptions options;
};

std::vector<track::RunFolder> find_runs(const ReportFlags& flags) {
  std::vector<track::RunFolder> runs;
  for (const std::string& name : flags.runs.empty() ? std::vector<std::string>{""} : flags.runs) {
    runs.push_back(track::find_run(name, flags.opening.runs));
    for (std::size_t i = 0; i + 1 < runs.size(); ++i)
      if (std::filesystem::equivalent(runs[i].path, runs.back().path))
        throw core::UserError({.attempted = "report on " + name, .found = "that run is named twice"});
  }
  return runs;
}

OpenedRun open_one(RunFlags flags, const track::RunFolder& run) {
  flags.run = run.path.string();
  return open_run(flags, "report on");
}

ExitCode run(const ReportFlags& flags) {
  const std::vector<track::RunFolder> runs = find_runs(flags);
  if (runs.size() > 1 && flags.output.empty())
    throw core::UserError({.attempted = core::concatenate("report on ", runs.size(), " runs"),
                           .found = "no place for it: it belongs to none of their folders",
                           .remedy = "add --output FILE.html"});
  const std::filesystem::path output = flags.output.empty() ? runs.front().path / "report.html" : flags.output;
  core::check_can_write(output);
  bool some_skipped = false;
  const report::Page page = report::make_report(
      runs, flags.options,
      {.best = flags.opening.weights == "best",
       .open =
           [&](const track::RunFolder& run) {
             OpenedRun opened = open_one(flags.opening, run);
             some_skipped = some_skipped || opened.some_skipped;
             return opened;
           },
       .say = [](const std::string& line) { std::cerr << "report: " << core::printable(line) << '\n'; }});
  const std::string text = report::render_page(page);
  core::write_file(output, text);
  std::cout << core::printable(output.string()) << " (" << core::size_text(text.size()) << ")\n";
  return some_skipped ? ExitCode::some_inputs_skipped : ExitCode::ok;
}

}  // namespace

Action prepare_report(CLI::App& app) {
  const auto flags = std::make_shared<ReportFlags>();
  app.add_option("runs", flags->runs, "paths or names of runs; left out, the newest run");
  app.add_option("-o,--output", flags->output, "the file; left out, report.html in the run's folder")
      ->type_name("FILE");
  app.add_option("--mistakes", flags->options.mistakes, "how many are shown with pictures")
      ->check(CLI::Range(0, 5000))
      ->capture_default_str();
  app.add_option("--nearest-among", flags->options.nearest_among,
                 "training images among which the nearest to each mistake are looked for; 0 for none")
      ->check(from_zero())
      ->capture_default_str();
  app.add_option("--layer", flags->options.layer, "of the class-activation maps; left out, the deepest that has one");
  add_opening_options(app, flags->opening);
  return [flags] { return run(*flags); };
}

}  // namespace reslab::cli
