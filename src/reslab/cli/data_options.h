// The options that say which data set is meant: the same in every subcommand that needs one.
//
//   auto options = std::make_shared<DataFlags>();
//   add_data_options(app, *options);
//   … later:
//   const data::Splits splits = open_dataset(*options, recipe.data.name);
#pragma once

#include <filesystem>
#include <string>

#include "reslab/core/command.h"
#include "reslab/data/split.h"

namespace CLI {
class App;
}

namespace reslab::cli {

struct DataFlags {
  std::string data;                 ///< --data NAME|DIR; "": the subcommand's own choice
  std::filesystem::path cache_dir;  ///< --cache-dir; "": see fetch::cache_folder()
};

/// --cache-dir alone, for subcommands that take the data set as an argument.
void add_cache_option(CLI::App& app, DataFlags& flags);

/// --data and --cache-dir. `flags` must live until the options were read.
void add_data_options(CLI::App& app, DataFlags& flags);

/// The options again, for a command that is to have them too.
core::Words words_of(const DataFlags& flags);

/// The data set that is meant where nobody names one.
std::string default_dataset();

/// Whether open_dataset would download it.
bool needs_fetching(const DataFlags& flags, const std::string& otherwise);

/// Opens what the flags name, or `otherwise` where they name nothing; fetches it when it is missing.
data::Splits open_dataset(const DataFlags& flags, const std::string& otherwise);

}  // namespace reslab::cli
