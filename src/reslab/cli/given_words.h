// What the words of a command line are to CLI11, for the faults that it takes for no fault or explains too briefly.
//
//   check_values(app, words);              // before app.parse: it would read --name --quiet as a run called "--quiet"
//   …
//   refuse_unknown(app, words);            // after app.parse threw: no option --epoch; did you mean '--epochs'?
#pragma once

#include "reslab/core/command.h"

namespace CLI {
class App;
}

namespace reslab::cli {

/// Throws UserError where an option would take what looks like the next option (core::looks_like_option) for its value,
/// or where nothing stands behind an option's `=`, since the next word would be its value then. `words` are those after
/// the program's name; behind a `--` there are no options.
void check_values(const CLI::App& app, const core::Words& words);

/// Throws UserError for the first of them that stands where a subcommand's name should and is none, or looks like an
/// option and is none of its subcommand. Returns where there is no such word.
void refuse_unknown(const CLI::App& app, const core::Words& words);

}  // namespace reslab::cli
