// cli::check_command_line: words as a shell gives them, one a line. Nothing is run.
#include <string>
#include <vector>

#include "fuzz/target.h"
#include "reslab/cli/program.h"

namespace reslab::fuzz {

void read(std::span<const std::byte> bytes) {
  std::vector<std::string> words(1);
  for (const char byte : text_of(bytes)) {
    // A word from a shell holds no byte 0.
    if (byte == '\n' || byte == '\0')
      words.emplace_back();
    else
      words.back() += byte;
  }
  cli::check_command_line(words);
}

// As long as the system lets a command line be.
std::vector<std::string> worst_cases() {
  constexpr std::size_t size = std::size_t{128} << 10;
  return {repeated(
              "train", [](std::size_t) { return std::string("\n--set\na=0"); }, "", size),
          repeated(
              "runs\nrm", [](std::size_t) { return std::string("\na"); }, "", size),
          repeated(
              "train\n--name\n", [](std::size_t) { return std::string("a"); }, "", size)};
}

}  // namespace reslab::fuzz
