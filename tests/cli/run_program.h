// Runs the program as a shell would.
#pragma once

#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>

#include <array>
#include <string>

namespace reslab::cli {

struct Result {
  int exit_code = -1;
  std::string output;  ///< standard output and standard error
};

/// `arguments` go through the shell; `environment` is "NAME=value …" before the program.
inline Result run_reslab(const std::string& arguments, const std::string& environment = "") {
  const std::string command = environment + " '" RESLAB_BINARY "' " + arguments + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    ADD_FAILURE() << "no shell for " << command;
    return {};
  }
  Result result;
  std::array<char, 4096> buffer{};
  for (std::size_t size = 0; (size = ::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    result.output.append(buffer.data(), size);
  const int status = ::pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace reslab::cli
