#include "reslab/cli/program.h"

#include <c10/util/Exception.h>
#include <poll.h>
#include <sys/mman.h>
#include <torch/version.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iostream>

#include "reslab/cli/command.h"
#include "reslab/cli/given_words.h"
#include "reslab/core/allocator.h"
#include "reslab/core/command.h"
#include "reslab/core/error.h"
#include "reslab/core/printable.h"
#include "reslab/core/version.h"

namespace reslab::cli {
namespace {

using core::ExitCode;

// CLI11 gives --help and --version the form of an error too.
ExitCode answer(const CLI::App& app, const CLI::ParseError& error, const core::Words& given) {
  if (error.get_exit_code() == 0) {
    app.exit(error, std::cout, std::cerr);
    return ExitCode::ok;
  }
  refuse_unknown(app, given);
  core::Words words;
  for (const CLI::App* subcommand : app.get_subcommands()) words.push_back(subcommand->get_name());
  words.emplace_back("--help");
  std::cerr << "reslab: " << error.what() << "\n  see: " << core::command(words) << '\n';
  return ExitCode::user_error;
}

std::string version_text() {
  const core::Version version = core::version();
  return core::concatenate("reslab ", version.number, " (", version.commit.substr(0, 12),
                           version.modified ? ", modified" : "", "), libtorch ", TORCH_VERSION);
}

enum class What { read, run };

ExitCode run(int argc, char** argv, What what = What::run) {
  CLI::App app("reslab trains small residual networks on images, fast, and shows what they learned and where they err.",
               "reslab");
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text);
  std::vector<std::pair<CLI::App*, Action>> actions;
  for (const Command& command : commands()) {
    CLI::App* subcommand = app.add_subcommand(command.name, command.summary);
    // Of the others a name and a summary is all that can be asked for.
    if (std::find(argv, argv + argc, std::string_view(command.name)) != argv + argc)
      actions.emplace_back(subcommand, command.prepare(*subcommand));
  }
  const core::Words given(argv + std::min(argc, 1), argv + argc);
  check_values(app, given);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return answer(app, error, given);
  }
  if (what == What::read) return ExitCode::ok;
  for (const auto& [subcommand, action] : actions)
    if (subcommand->parsed()) return action();
  return ExitCode::internal_error;
}

// Takes no memory itself.
int out_of_memory(std::string_view what, std::string_view why = "") {
  std::cerr << "reslab: " << what << why
            << "\n  what to do: use a smaller batch (--batch-size), or end other programs\n";
  return static_cast<int>(ExitCode::user_error);
}

int defect(std::string_view what) {
  std::cerr << "reslab: " << what << "\nThis is a defect of reslab: please report it with the command that led here.\n";
  return static_cast<int>(ExitCode::internal_error);
}

// Libraries say in ways of their own that they were given no memory, or no thread. What was freed on the way here is
// kept by the allocator, so that it is still short.
bool is_memory_short() {
  constexpr std::size_t bytes = std::size_t{64} << 20;
  void* const probe = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (probe == MAP_FAILED) return true;
  ::munmap(probe, bytes);
  return false;
}

// Whoever read it wants no more (`reslab runs list | head -1`), or its terminal is gone.
bool reader_is_gone() {
  pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

// A disk may be full: what was printed isn't where it should be.
void check_output() {
  errno = 0;
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout) return;
  if (reader_is_gone()) return;
  const int error = errno;
  throw core::UserError({.attempted = "write to the standard output",
                         .found = error == 0 ? "an error" : core::system_message(error),
                         .remedy = error == EFBIG ? "raise the limit on the size of a file (`ulimit -f`)"
                                                  : "make room where it leads to, and run the command again"});
}

ExitCode run_words(const std::vector<std::string>& words, What what) {
  std::vector<std::string> all{"reslab"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> pointers;
  pointers.reserve(all.size());
  for (std::string& word : all) pointers.push_back(word.data());
  return run(static_cast<int>(pointers.size()), pointers.data(), what);
}

}  // namespace

core::ExitCode run_subcommand(const std::vector<std::string>& words) { return run_words(words, What::run); }

void check_command_line(const std::vector<std::string>& words) { run_words(words, What::read); }

int run_program(int argc, char** argv) {
  // What folders, files and arguments are called is theirs to say, and mustn't steer the user's terminal.
  const core::PrintableStream output(std::cout), errors(std::cerr);
  try {
    core::install_allocator();
    const ExitCode code = run(argc, argv);
    check_output();
    return static_cast<int>(code);
  } catch (const core::UserError& error) {
    std::cerr << "reslab: " << error.what() << '\n';
    return static_cast<int>(ExitCode::user_error);
  } catch (const std::filesystem::filesystem_error& error) {
    std::cerr << "reslab: could not use " << core::printable(error.path1().string()) << ": " << error.code().message()
              << "\n  what to do: check that the path exists, and that you may read and write it\n";
    return static_cast<int>(ExitCode::user_error);
  } catch (const std::bad_alloc&) {
    return out_of_memory("the system has no memory left to give");
  } catch (const c10::OutOfMemoryError&) {
    return out_of_memory("the device has no memory left to give");
  } catch (const core::InternalError& error) {
    return defect(error.what());
  } catch (const std::exception& error) {
    if (is_memory_short())
      return out_of_memory("the system has hardly any memory left to give, and so: ", error.what());
    return defect(error.what());
  }
}

}  // namespace reslab::cli
