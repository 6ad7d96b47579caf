#include "reslab/fetch/cache.h"

#include <cstdlib>
#include <utility>

#include "reslab/core/error.h"

namespace reslab::fetch {
namespace {

std::filesystem::path from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::optional<std::filesystem::path> find_cache_folder(const std::filesystem::path& given) {
  if (!given.empty()) return given;
  if (const auto chosen = from_environment("RESLAB_CACHE_DIR"); !chosen.empty()) return chosen;
  if (const auto caches = from_environment("XDG_CACHE_HOME"); caches.is_absolute()) return caches / "reslab";
  if (const auto home = from_environment("HOME"); !home.empty()) return home / ".cache" / "reslab";
  return std::nullopt;
}

std::filesystem::path cache_folder(const std::filesystem::path& given) {
  if (auto found = find_cache_folder(given)) return std::move(*found);
  throw core::UserError({.attempted = "find a folder for downloaded data",
                         .found = "none of RESLAB_CACHE_DIR, XDG_CACHE_HOME and HOME is set",
                         .remedy = "name one: --cache-dir DIR"});
}

}  // namespace reslab::fetch
