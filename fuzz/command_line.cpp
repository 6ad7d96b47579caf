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

}  // namespace reslab::fuzz
