// Where what is remembered of one data set of pictures lies: an index of its files, the facts of its pictures, packed
// pixels. All of it can be made again, so that a cache that can't be written costs time alone, and is said once.
//
//   CacheFolder cache(root, "/home/me/photos", say);
//   cache.attempt([&] { index.save(); });
//
// Thread safety: one thread at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/pictures/pack.h"

namespace reslab::pictures {

class CacheFolder {
 public:
  /// `root`: the program's cache folder, empty: nothing is kept. `key`: what tells data sets apart, bytes.
  CacheFolder(const std::filesystem::path& root, std::string_view key, Say say);

  /// Whether something is read from it.
  bool is_on() const { return on_; }
  const std::filesystem::path& path() const { return folder_; }
  const Say& say() const { return say_; }

  /// Runs `write`; false where the system refuses it, now or in an earlier attempt: then nothing more is written.
  template <typename Write>
  bool attempt(const Write& write) {
    if (!on_ || refused_) return false;
    try {
      core::make_directories(folder_);
      write();
      return true;
    } catch (const core::FileRefused& error) {
      refuse(error);
      return false;
    }
  }

  /// Keeps other processes from doing the same work at the same time. Null where that can't be had.
  std::unique_ptr<core::FileLock> lock();

 private:
  void refuse(const core::FileRefused& error);

  std::filesystem::path folder_;
  Say say_;
  bool on_, refused_ = false;
};

}  // namespace reslab::pictures
