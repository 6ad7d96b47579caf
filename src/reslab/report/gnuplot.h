// Draws with gnuplot, the program.
//
//   const auto png = report::run_gnuplot({.script = "set terminal pngcairo\nset output \"out.png\"\nplot sin(x)\n"});
//   if (!png) …   // not installed
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reslab/core/error.h"

namespace reslab::report {

/// gnuplot is there, and drew nothing: this figure's data or script, or how gnuplot was built. Others may be drawn.
class GnuplotFailed : public core::UserError {
 public:
  using UserError::UserError;
};

struct GnuplotJob {
  std::string script;                                     ///< writes its picture to `output`
  std::vector<std::pair<std::string, std::string>> data;  ///< files that it reads: name and content
  std::string output = "out.png";                         ///< a name without folders
};

/// Runs the script in a temporary folder and returns what it wrote; nothing when gnuplot isn't installed. Throws
/// GnuplotFailed with gnuplot's own words when it fails or writes no picture.
std::optional<std::vector<std::byte>> run_gnuplot(const GnuplotJob& job);

/// `text` as a string of gnuplot's language, in quotes. Newlines stay lines; other control characters become spaces.
std::string gnuplot_string(std::string_view text);

}  // namespace reslab::report
