#include "reslab/cli/data_options.h"

#include <CLI/CLI.hpp>

#include "reslab/fetch/cache.h"
#include "reslab/fetch/locate.h"

namespace reslab::cli {

void add_cache_option(CLI::App& app, DataFlags& flags) {
  app.add_option("--cache-dir", flags.cache_dir, "Where downloaded data is kept (default: ~/.cache/reslab)")
      ->type_name("DIR");
}

void add_data_options(CLI::App& app, DataFlags& flags) {
  app.add_option("--data", flags.data, "A data set by name (cifar10), or a folder that holds one")
      ->type_name("NAME|DIR");
  add_cache_option(app, flags);
}

bool needs_fetching(const DataFlags& flags, const std::string& otherwise) {
  return fetch::needs_fetching(flags.data.empty() ? otherwise : flags.data, fetch::cache_folder(flags.cache_dir));
}

data::Parts open_dataset(const DataFlags& flags, const std::string& otherwise) {
  return fetch::open_dataset(flags.data.empty() ? otherwise : flags.data, fetch::cache_folder(flags.cache_dir));
}

}  // namespace reslab::cli
