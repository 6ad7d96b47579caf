// A subcommand of the program. One file a subcommand; cli/commands.cpp holds their table.
#pragma once

#include <functional>
#include <span>

#include "reslab/core/error.h"

namespace CLI {
class App;
}

namespace reslab::cli {

/// Runs a subcommand whose options have been read.
using Action = std::function<core::ExitCode()>;

struct Command {
  const char* name;
  const char* summary;  ///< one line, for --help
  /// Adds the options to `app` and returns what to run after they were read (unless a subcommand below sets its own).
  Action (*prepare)(CLI::App& app);
};

/// All subcommands, in the order of --help.
std::span<const Command> commands();

}  // namespace reslab::cli
