// The options that say which data set is meant: the same in every subcommand that needs one.
//
//   auto options = std::make_shared<DataFlags>();
//   add_data_options(app, *options);
//   … later:
//   const OpenedData data = open_data(*options, recipe);   // cli/opened_data.h
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "reslab/core/command.h"

namespace CLI {
class App;
}

namespace reslab::cli {

struct DataFlags {
  std::string data;                 ///< --data NAME|DIR; "": the subcommand's own choice
  std::filesystem::path cache_dir;  ///< --cache-dir; "": see fetch::cache_folder()
  std::string picture_cache;        ///< --picture-cache SIZE|off; "": the usual size
};

/// --cache-dir alone, for subcommands that take the data set as an argument.
void add_cache_option(CLI::App& app, DataFlags& flags);

/// --data, --cache-dir and --picture-cache. `flags` must live until the options were read.
void add_data_options(CLI::App& app, DataFlags& flags);

/// The options again, for a command that is to have them too.
core::Words words_of(const DataFlags& flags);

/// The data set that is meant where nobody names one.
std::string default_dataset();

/// Whether open_data would download it.
bool needs_fetching(const DataFlags& flags, const std::string& otherwise);

/// Bytes that the packed pictures of all data sets may take: --picture-cache, 0 for off. Throws UserError for what is
/// no size.
std::uint64_t picture_cache_limit(const DataFlags& flags);

}  // namespace reslab::cli
