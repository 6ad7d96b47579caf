#include "reslab/report/gnuplot.h"

#include <filesystem>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/printable.h"
#include "reslab/core/process.h"
#include "reslab/core/temporary_folder.h"

namespace reslab::report {
namespace {

constexpr std::size_t picture_limit = std::size_t{256} << 20;  // bytes

// What went wrong is only in gnuplot's own words, and what to do differs with it.
GnuplotFailed failure_of(const core::ProcessResult& result) {
  const auto says = [&](const char* words) { return result.output.find(words) != std::string::npos; };
  const bool no_terminal = says("unknown") && says("terminal");
  const std::string how = result.exit_code > 128 ? core::concatenate("a signal (", result.exit_code - 128, ") ended it")
                          : result.exit_code == 0 ? std::string("it wrote no picture")
                                                  : core::concatenate("it ended with exit code ", result.exit_code);
  return GnuplotFailed(
      {.attempted = "draw a picture with gnuplot",
       .found = how + (result.output.empty() ? "" : " and said: " + core::in_one_line(result.output)),
       .remedy = no_terminal ? "install a gnuplot with the cairo terminals (Debian and Ubuntu: apt install gnuplot-nox)"
                             : "gnuplot is installed, but can't draw this; the figures' numbers lie beside them"});
}

}  // namespace

std::optional<std::vector<std::byte>> run_gnuplot(const GnuplotJob& job) {
  const core::TemporaryFolder folder("reslab-gnuplot");
  core::write_file(folder.path() / "script.gp", job.script);
  for (const auto& [name, content] : job.data) core::write_file(folder.path() / name, content);
  const core::ProcessResult result =
      core::run_process({.arguments = {"gnuplot", "script.gp"}, .folder = folder.path()});
  if (!result.started) return std::nullopt;
  const std::filesystem::path picture = folder.path() / job.output;
  std::error_code error;
  if (result.exit_code != 0 || std::filesystem::file_size(picture, error) == 0 || error) throw failure_of(result);
  return core::read_bytes(picture, picture_limit);
}

std::string gnuplot_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : core::printable_lines(text)) {
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += ' ';
    } else {
      // Inside double quotes gnuplot runs what stands between backquotes.
      if (c == '"' || c == '\\' || c == '`') quoted += '\\';
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace reslab::report
