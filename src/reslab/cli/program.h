// The program: reads the command line, runs one subcommand, turns errors into messages and exit codes.
#pragma once

#include <string>
#include <vector>

#include "reslab/core/error.h"

namespace reslab::cli {

/// Returns the exit code (core::ExitCode). Never throws.
int run_program(int argc, char** argv);

/// Reads a command line, {"train", "original", "--epochs", "2"}, and runs nothing. Throws UserError for what
/// cli/given_words.h refuses; what else is refused before anything runs is said on standard error.
void check_command_line(const std::vector<std::string>& words);

/// Runs one subcommand with its arguments, {"train", "original", "--epochs", "2"}, inside the program. Throws
/// UserError.
core::ExitCode run_subcommand(const std::vector<std::string>& words);

}  // namespace reslab::cli
