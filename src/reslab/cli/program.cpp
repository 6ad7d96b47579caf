#include "reslab/cli/program.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "reslab/cli/command.h"
#include "reslab/core/allocator.h"
#include "reslab/core/error.h"
#include "reslab/core/nearest.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

ExitCode usage_error(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  // CLI11 prints --help and --version through the same exception.
  if (error.get_exit_code() == 0) {
    app.exit(error, std::cout, std::cerr);
    return ExitCode::ok;
  }
  std::cerr << "reslab: " << error.what() << '\n';
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  if (argc > 1 && argv[1][0] != '-' && std::find(names.begin(), names.end(), argv[1]) == names.end()) {
    const std::string hint = core::did_you_mean(argv[1], names);
    std::cerr << "  allowed: " << core::join(names) << '\n';
    if (!hint.empty()) std::cerr << "  what to do: " << hint << '\n';
  }
  std::cerr << "  see: reslab --help\n";
  return ExitCode::user_error;
}

ExitCode run(int argc, char** argv) {
  CLI::App app("reslab trains small residual networks on images, fast, and shows what they learned and where they err.",
               "reslab");
  app.require_subcommand(1);
  std::vector<std::pair<CLI::App*, Action>> actions;
  for (const Command& command : commands()) {
    CLI::App* subcommand = app.add_subcommand(command.name, command.summary);
    actions.emplace_back(subcommand, command.prepare(*subcommand));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error, argc, argv);
  }
  for (const auto& [subcommand, action] : actions)
    if (subcommand->parsed()) return action();
  return ExitCode::internal_error;
}

}  // namespace

int run_program(int argc, char** argv) {
  try {
    core::install_allocator();
    return static_cast<int>(run(argc, argv));
  } catch (const core::UserError& error) {
    std::cerr << "reslab: " << error.what() << '\n';
    return static_cast<int>(ExitCode::user_error);
  } catch (const std::exception& error) {
    std::cerr << "reslab: " << error.what() << "\nThis is a defect of reslab: please report it with the command that led here.\n";
    return static_cast<int>(ExitCode::internal_error);
  }
}

}  // namespace reslab::cli
