#include "reslab/core/command.h"

#include <cstdlib>

namespace reslab::core {

std::string command(std::string_view words) {
  const char* const name = std::getenv("RESLAB_PROGRAM");
  std::string text = name == nullptr || *name == '\0' ? "reslab" : name;
  if (text.find_first_of(" \t'\"$&;()") != std::string::npos) {
    // As a shell wants it.
    std::string quoted = "'";
    for (const char each : text) quoted += each == '\'' ? std::string("'\\''") : std::string(1, each);
    text = quoted + "'";
  }
  return text.append(" ").append(words);
}

}  // namespace reslab::core
