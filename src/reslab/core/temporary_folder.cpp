#include "reslab/core/temporary_folder.h"

#include <stdlib.h>  // mkdtemp is POSIX's

#include <cerrno>

#include "reslab/core/error.h"

namespace reslab::core {

TemporaryFolder::TemporaryFolder(const std::string& name) {
  std::string pattern = (std::filesystem::temp_directory_path() / (name + "-XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw UserError({.attempted = "make the folder " + pattern,
                     .found = system_message(errno),
                     .remedy = "name a folder that you may write to in TMPDIR"});
  path_ = std::filesystem::canonical(pattern);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!kept_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace reslab::core
