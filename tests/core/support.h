// A folder for a test's files.
#pragma once

#include <filesystem>
#include <string>

#include "reslab/core/temporary_folder.h"

namespace reslab::core::test {

/// Made empty, removed with all in it.
class TemporaryFolder : public core::TemporaryFolder {
 public:
  std::filesystem::path operator/(const std::string& name) const { return path() / name; }

  /// Number of entries.
  std::ptrdiff_t size() const {
    return std::distance(std::filesystem::directory_iterator(path()), std::filesystem::directory_iterator());
  }
};

}  // namespace reslab::core::test
