#include "reslab/core/temporary_folder.h"

#include <stdlib.h>  // mkdtemp is POSIX's

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "reslab/core/error.h"

namespace reslab::core {

namespace {

// A setting that is wrong is no reason to do without: the folder is gone in a moment.
std::vector<std::filesystem::path> places() {
  std::vector<std::filesystem::path> places;
  if (const char* const chosen = std::getenv("TMPDIR"); chosen != nullptr && *chosen != '\0')
    places.emplace_back(chosen);
  places.insert(places.end(), {"/tmp", "/var/tmp"});
  return places;
}

}  // namespace

TemporaryFolder::TemporaryFolder(const std::string& name) {
  std::string reasons;
  for (const std::filesystem::path& place : places()) {
    std::string pattern = (place / (name + "-XXXXXX")).string();
    if (::mkdtemp(pattern.data()) != nullptr) {
      path_ = std::filesystem::canonical(pattern);
      return;
    }
    reasons += (reasons.empty() ? "" : "; ") + place.string() + ": " + system_message(errno);
  }
  throw UserError({.attempted = "make a temporary folder",
                   .found = reasons,
                   .remedy = "name a folder that you may write to in TMPDIR"});
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!kept_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace reslab::core
