#include "reslab/cli/data_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
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
  app.add_option("--picture-cache", flags.picture_cache,
                 "disk that decoded pictures of all data sets may take in the cache folder, 20GB by default, or off")
      ->type_name("SIZE|off");
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
       flags.cache_dir.empty() ? core::Words() : core::option("--cache-dir", flags.cache_dir.string()),
       flags.picture_cache.empty() ? core::Words() : core::option("--picture-cache", flags.picture_cache)});
}

std::string default_dataset() { return fetch::named_datasets().front().info.name; }

bool needs_fetching(const DataFlags& flags, const std::string& otherwise) {
  const std::string& name = flags.data.empty() ? otherwise : flags.data;
  return fetch::needs_fetching(name, cache_for(name, flags));
}

std::uint64_t picture_cache_limit(const DataFlags& flags) {
  constexpr std::uint64_t usual = 20'000'000'000;
  if (flags.picture_cache.empty()) return usual;
  if (flags.picture_cache == "off") return 0;
  double number = 0;
  const char* const end = flags.picture_cache.data() + flags.picture_cache.size();
  const auto [rest, error] = std::from_chars(flags.picture_cache.data(), end, number);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  using Unit = std::pair<std::string_view, double>;
  constexpr std::array<Unit, 3> units{Unit{"MB", 1e6}, Unit{"GB", 1e9}, Unit{"TB", 1e12}};
  const auto* const known = std::ranges::find(units, unit, &Unit::first);
  constexpr double most = 1e18;
  if (error != std::errc() || known == units.end() || !(number >= 0 && number * known->second <= most))
    throw core::UserError({.attempted = "keep packed pictures within --picture-cache " + flags.picture_cache,
                           .found = "no size",
                           .allowed = "off, or a number with MB, GB or TB, such as 20GB"});
  return static_cast<std::uint64_t>(number * known->second);
}

}  // namespace reslab::cli
