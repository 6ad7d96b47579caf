#include "reslab/cli/command.h"

namespace reslab::cli {

// Each is defined in the file of its name.
Action prepare_data(CLI::App& app);
Action prepare_recipe(CLI::App& app);

std::span<const Command> commands() {
  static constexpr std::array table{
      Command{"data", "Fetch, count and show data sets", prepare_data},
      Command{"recipe", "List, show and plot recipes", prepare_recipe},
  };
  return table;
}

}  // namespace reslab::cli
