// What each of many files is and holds: its kind by its first bytes and the SHA-256 of its content. Each file is opened
// once and read once, on several threads.
//
//   const std::vector<Examined> found = examine_files(paths, {.threads = 4});
//   if (found[0].error != 0) say(paths[0], core::system_message(found[0].error));
//
// Files that are no picture, or one of a kind that isn't decoded, are read no further than their head. Those that are
// known from an earlier time aren't opened at all.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reslab/pictures/content_hash.h"
#include "reslab/pictures/file_kind.h"
#include "reslab/pictures/file_stamp.h"

namespace reslab::pictures {

/// How far the reading is. Called by one thread at a time, for each file; `files` rises by one. What it throws ends the
/// reading and is thrown on.
struct Progress {
  std::size_t files = 0;    ///< done
  std::size_t of = 0;       ///< in all
  std::uint64_t bytes = 0;  ///< read
};
using OnProgress = std::function<void(const Progress&)>;

struct Examined {
  FileKind kind = FileKind::other;
  int error = 0;            ///< errno where it couldn't be opened or read (then nothing else counts), or 0
  std::uint64_t bytes = 0;  ///< its size
  ContentHash hash;         ///< of kinds that are read (is_read), where it was asked for
  FileStamp stamp;          ///< of files
};

/// Files that were read before (file_index.h). Its functions are called by several threads at once.
class KnownFiles {
 public:
  virtual ~KnownFiles() = default;

  /// How many files will be asked for, and how long their paths are together, in bytes: before they are, by one thread.
  virtual void expect(std::uint64_t /*files*/, std::uint64_t /*path_bytes*/) {}

  /// What was found when the file had that stamp, its hash included; nothing where that isn't known.
  virtual std::optional<Examined> find(const std::string& path, const FileStamp& stamp) = 0;

  /// For files that were read, and didn't change meanwhile.
  virtual void remember(const std::string& path, const Examined& found) = 0;
};

struct ExamineOptions {
  int threads = 1;   ///< ≥ 1; each holds 256 KiB
  bool hash = true;  ///< without it only heads are read
  OnProgress progress = {};
  KnownFiles* known = nullptr;  ///< asked before a file is opened, where hashes are; not owned
};

/// One for each path, in that order. Paths are bytes; links are followed. A pipe or a device is never read nor waited
/// for.
std::vector<Examined> examine_files(std::span<const std::string> paths, const ExamineOptions& options);

}  // namespace reslab::pictures
