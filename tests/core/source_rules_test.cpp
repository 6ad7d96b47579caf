// Rules of the source that no compiler holds.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "reslab/core/file.h"

namespace reslab::core {
namespace {

namespace fs = std::filesystem;

// "file:line" of each line of src that matches, but in the files that are named.
std::vector<std::string> lines_with(const std::regex& pattern, const std::vector<std::string>& but) {
  std::vector<std::string> found;
  const fs::path source = fs::path(RESLAB_SOURCE_DIR) / "src";
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(source)) {
    const std::string name = fs::relative(entry.path(), source).string();
    if (!entry.is_regular_file() || std::ranges::find(but, name) != but.end()) continue;
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
    std::istringstream lines(read_text(entry.path()));
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);)
      if (++number; std::regex_search(line.substr(0, line.find("//")), pattern))
        found.push_back(name + ":" + std::to_string(number));
  }
  return found;
}

TEST(SourceRules, JsonIsWrittenByOneFunction) {
  EXPECT_EQ(lines_with(std::regex(R"([.>]dump\()"), {"reslab/core/json_text.cpp"}), std::vector<std::string>{})
      << "use core::json_text: dump throws for bytes that aren't UTF-8";
}

TEST(SourceRules, WhatIsPrintedGoesThroughTheStreams) {
  EXPECT_EQ(lines_with(std::regex(R"((^|[^a-z_:])(std::)?(printf|fprintf|puts|fputs|putchar|fwrite)\()"), {}),
            std::vector<std::string>{})
      << "use std::cout and std::cerr: run_program lets them show no control characters";
}

}  // namespace
}  // namespace reslab::core
