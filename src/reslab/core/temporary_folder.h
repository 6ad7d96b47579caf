// A folder that goes with the object, and all in it.
#pragma once

#include <filesystem>
#include <string>

namespace reslab::core {

class TemporaryFolder {
 public:
  /// Made empty, named `name` and six letters of its own, in the first of $TMPDIR, /tmp and /var/tmp where that can be
  /// done. Throws UserError when it can't be made in any.
  explicit TemporaryFolder(const std::string& name = "reslab");
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// Without symbolic links in it.
  const std::filesystem::path& path() const { return path_; }

  /// From now on it stays.
  void keep() { kept_ = true; }

 private:
  std::filesystem::path path_;
  bool kept_ = false;
};

}  // namespace reslab::core
