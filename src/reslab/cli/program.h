// The program: reads the command line, runs one subcommand, turns errors into messages and exit codes.
#pragma once

namespace reslab::cli {

/// Returns the exit code (core::ExitCode). Never throws.
int run_program(int argc, char** argv);

}  // namespace reslab::cli
