// Files that fail when told to: the k-th change of a file system fails, as on a full or a broken disk, or all from the
// k-th on.
//
//   FaultyFiles files({.fault = Fault::no_space, .at = 17});
//   const core::ReplacedFileCalls replaced(files);
#pragma once

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>
#include <vector>

#include "reslab/core/file_calls.h"

namespace reslab::support {

enum class Fault {
  no_space,     ///< ENOSPC, once
  io_error,     ///< EIO, once
  short_write,  ///< half of the bytes, once; what fails otherwise isn't told
  disk_full,    ///< ENOSPC from then on, wherever something grows
  read_only,    ///< EROFS from then on, wherever something changes
  disk_dead,    ///< EIO from then on, whatever is asked
};

class FaultyFiles : public core::FileCalls {
 public:
  struct Options {
    Fault fault = Fault::no_space;
    long at = std::numeric_limits<long>::max();  ///< the call that fails, counted from 0
  };
  explicit FaultyFiles(const Options& options) : options_(options) {}

  int open(const char* path, int flags, mode_t mode) override {
    return fails(Grows::yes, "open") ? -1 : FileCalls::open(path, flags, mode);
  }
  ssize_t write(int descriptor, const void* bytes, std::size_t count) override {
    if (options_.fault == Fault::short_write && calls_ == options_.at && count > 1) {
      names_.emplace_back("write");
      ++calls_;
      failed_ = "write";
      return FileCalls::write(descriptor, bytes, count / 2);
    }
    return fails(Grows::yes, "write") ? -1 : FileCalls::write(descriptor, bytes, count);
  }
  int fsync(int descriptor) override { return fails(Grows::no, "fsync") ? -1 : FileCalls::fsync(descriptor); }
  int close(int descriptor) override {
    // It is closed all the same: close(2).
    const int result = FileCalls::close(descriptor);
    return fails(Grows::no, "close") ? -1 : result;
  }
  int rename(const char* from, const char* to) override {
    return fails(Grows::yes, "rename") ? -1 : FileCalls::rename(from, to);
  }
  int unlink(const char* path) override { return fails(Grows::no, "unlink") ? -1 : FileCalls::unlink(path); }
  int mkdir(const char* path, mode_t mode) override {
    return fails(Grows::yes, "mkdir") ? -1 : FileCalls::mkdir(path, mode);
  }
  int truncate(const char* path, off_t size) override {
    return fails(Grows::no, "truncate") ? -1 : FileCalls::truncate(path, size);
  }

  long calls() const { return calls_; }
  /// Of all calls so far.
  const std::vector<std::string>& names() const { return names_; }
  /// The name of the first call that failed; "" for none.
  const std::string& failed() const { return failed_; }

 protected:
  enum class Grows { no, yes };

  bool fails(Grows grows, const char* name) {
    const long call = calls_++;
    names_.emplace_back(name);
    const bool now = call == options_.at, after = call > options_.at;
    const bool fails = (options_.fault == Fault::no_space && now) || (options_.fault == Fault::io_error && now) ||
                       (options_.fault == Fault::disk_full && (now || after) && grows == Grows::yes) ||
                       (options_.fault == Fault::read_only && (now || after)) ||
                       (options_.fault == Fault::disk_dead && (now || after));
    if (!fails) return false;
    if (failed_.empty()) failed_ = name;
    errno = error();
    return true;
  }

 private:
  int error() const {
    if (options_.fault == Fault::no_space || options_.fault == Fault::disk_full) return ENOSPC;
    return options_.fault == Fault::read_only ? EROFS : EIO;
  }

  Options options_;
  long calls_ = 0;
  std::vector<std::string> names_;
  std::string failed_;
};

}  // namespace reslab::support
