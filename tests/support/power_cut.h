// A disk that loses what was not flushed when the power is cut.
//
// All changes go to the real file system at once, as a program sees them. What is not yet safe is remembered: changes
// of folders until the folder is flushed, bytes until their file is. From the k-th call on nothing happens any more,
// every call fails: the power is gone. power_is_back() then makes of the real folder what a disk could hold:
//
//   changes of folders come to the disk in their order, so some first of them survive and all later ones don't;
//   unflushed bytes of a file, each for itself, are there, missing, missing from some byte on, zeros, or zeros up to
//   some byte and there from it on.
//
// Sources: Pillai et al., "All file systems are not created equal: on the complexity of crafting crash-consistent
// applications", OSDI 2014.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

#include "reslab/core/random.h"
#include "support/faulty_files.h"

namespace reslab::support {

/// Which of the changes of folders that were not flushed survive.
enum class Survives { none, all, some };

class PowerCut : public FaultyFiles {
 public:
  /// `attic` is an empty folder on the same file system, for what changes replace; cut before the call `at`.
  PowerCut(std::filesystem::path attic, long at)
      : FaultyFiles({.fault = Fault::disk_dead, .at = at}), attic_(std::move(attic)) {}

  int open(const char* path, int flags, mode_t mode) override {
    struct stat status {};
    const bool there = ::stat(path, &status) == 0;
    const int descriptor = FaultyFiles::open(path, flags, mode);
    if (descriptor < 0) return descriptor;
    paths_[descriptor] = path;
    if (!there) {
      changes_.push_back({Change::created, path});
      flushed_[inode_of(descriptor)] = 0;
    } else if ((flags & O_DIRECTORY) == 0) {
      flushed_.try_emplace(inode_of(descriptor), status.st_size);
    }
    return descriptor;
  }

  int fsync(int descriptor) override {
    const int result = FaultyFiles::fsync(descriptor);
    if (result != 0) return result;
    struct stat status {};
    ::fstat(descriptor, &status);
    if (S_ISDIR(status.st_mode)) {
      std::erase_if(changes_,
                    [&](const Change& change) { return folder_of(change.path) == folder(paths_[descriptor]); });
    } else {
      flushed_[status.st_ino] = status.st_size;
    }
    return result;
  }

  int rename(const char* from, const char* to) override {
    const std::filesystem::path kept = keep(to);
    const int result = FaultyFiles::rename(from, to);
    if (result == 0) changes_.push_back({Change::renamed, to, from, kept});
    return result;
  }

  int unlink(const char* path) override {
    const std::filesystem::path kept = keep(path);
    const int result = FaultyFiles::unlink(path);
    if (result == 0) changes_.push_back({Change::removed, path, {}, kept});
    return result;
  }

  int mkdir(const char* path, mode_t mode) override {
    const int result = FaultyFiles::mkdir(path, mode);
    if (result == 0) changes_.push_back({Change::folder_made, path});
    return result;
  }

  int truncate(const char* path, off_t size) override {
    const int result = FaultyFiles::truncate(path, size);
    struct stat status {};
    if (result == 0 && ::stat(path, &status) == 0)
      if (const auto found = flushed_.find(status.st_ino); found != flushed_.end())
        found->second = std::min(found->second, size);
    return result;
  }

  /// Makes of the real files what the disk holds. `random` chooses.
  void power_is_back(Survives survives, core::Random& random) {
    std::size_t kept = survives == Survives::all ? changes_.size() : 0;
    if (survives == Survives::some) kept = random.below(static_cast<std::uint32_t>(changes_.size()) + 1);
    while (changes_.size() > kept) {
      undo(changes_.back());
      changes_.pop_back();
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(attic_.parent_path()))
      if (entry.is_regular_file()) lose_bytes(entry.path(), random);
  }

 private:
  struct Change {
    enum Kind { created, renamed, removed, folder_made } kind;
    std::filesystem::path path, from = {}, replaced = {};  // replaced: in the attic; "" for nothing
  };

  static std::filesystem::path folder(const std::filesystem::path& path) { return path.empty() ? "." : path; }
  static std::filesystem::path folder_of(const std::filesystem::path& path) { return folder(path.parent_path()); }

  static ino_t inode_of(int descriptor) {
    struct stat status {};
    ::fstat(descriptor, &status);
    return status.st_ino;
  }

  // A second name for what lies there, so that it outlives the first.
  std::filesystem::path keep(const std::filesystem::path& path) {
    const std::filesystem::path name = attic_ / std::to_string(kept_++);
    return ::link(path.c_str(), name.c_str()) == 0 ? name : std::filesystem::path();
  }

  static void undo(const Change& change) {
    switch (change.kind) {
      case Change::created: ::unlink(change.path.c_str()); break;
      case Change::renamed: ::rename(change.path.c_str(), change.from.c_str()); break;
      case Change::removed: break;
      case Change::folder_made: std::filesystem::remove_all(change.path); break;
    }
    if (!change.replaced.empty()) ::rename(change.replaced.c_str(), change.path.c_str());
  }

  void lose_bytes(const std::filesystem::path& path, core::Random& random) const {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return;
    const auto found = flushed_.find(status.st_ino);
    if (found == flushed_.end() || found->second >= status.st_size) return;
    const auto from = static_cast<std::uintmax_t>(found->second), size = static_cast<std::uintmax_t>(status.st_size);
    const std::uintmax_t middle = from + random.below(static_cast<std::uint32_t>(size - from));
    switch (random.below(5)) {
      case 0: break;
      case 1: std::filesystem::resize_file(path, from); break;
      case 2: std::filesystem::resize_file(path, middle); break;
      case 3:
        std::filesystem::resize_file(path, from);
        std::filesystem::resize_file(path, size);
        break;
      case 4: {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(from));
        file << std::string(static_cast<std::size_t>(middle - from), '\0');
        break;
      }
    }
  }

  std::filesystem::path attic_;
  std::map<int, std::filesystem::path> paths_;  // of open descriptors
  std::map<ino_t, off_t> flushed_;              // bytes that are safe
  std::vector<Change> changes_;                 // of folders that were not flushed since
  int kept_ = 0;
};

}  // namespace reslab::support
