#include "reslab/cli/command.h"

namespace reslab::cli {

// Each is defined in the file of its name.

std::span<const Command> commands() {
  static constexpr std::array<Command, 0> table{};
  return table;
}

}  // namespace reslab::cli
