#include "reslab/cli/data_options.h"

#include <CLI/CLI.hpp>

#include "reslab/core/error.h"
#include "reslab/fetch/cache.h"
#include "reslab/fetch/datasets.h"

namespace reslab::cli {

void add_cache_option(CLI::App& app, DataFlags& flags) {
  app.add_option("--cache-dir", flags.cache_dir, "Where downloaded data is kept (default: ~/.cache/reslab)")
      ->type_name("DIR");
}

void add_data_options(CLI::App& app, DataFlags& flags) {
  app.add_option("--data", flags.data,
                 "A data set by name (" + core::join(fetch::dataset_names()) + "), or a folder that holds one")
      ->type_name("NAME|DIR");
  add_cache_option(app, flags);
}

namespace {

// A folder of the user's own needs no place for downloads, so that nothing has to say where one is.
std::filesystem::path cache_for(const std::string& name, const DataFlags& flags) {
  return fetch::find_dataset(name) == nullptr ? "" : fetch::cache_folder(flags.cache_dir);
}

}  // namespace

core::Words words_of(const DataFlags& flags) {
  return core::joined(
      {flags.data.empty() ? core::Words() : core::option("--data", flags.data),
       flags.cache_dir.empty() ? core::Words() : core::option("--cache-dir", flags.cache_dir.string())});
}

std::string default_dataset() { return fetch::named_datasets().front().info.name; }

bool needs_fetching(const DataFlags& flags, const std::string& otherwise) {
  const std::string& name = flags.data.empty() ? otherwise : flags.data;
  return fetch::needs_fetching(name, cache_for(name, flags));
}

data::Splits open_dataset(const DataFlags& flags, const std::string& otherwise) {
  const std::string& name = flags.data.empty() ? otherwise : flags.data;
  return fetch::open_dataset(name, cache_for(name, flags));
}

}  // namespace reslab::cli
