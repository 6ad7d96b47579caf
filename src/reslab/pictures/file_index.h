// What is known of files from an earlier start, so that unchanged ones needn't be read again: by path, size, both times
// and inode, as git's index has it.
//
//   FileIndex index(cache / "index", {.root = "photos"});
//   examine_files(paths, {.known = &index});
//   index.save();
//
// A file that was changed shortly before it was read isn't remembered: another change within the clock's resolution
// would leave its times as they are. Names and times are all that is compared; a tool that puts size, mtime, ctime and
// inode back deceives it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "reslab/pictures/examine.h"
#include "reslab/pictures/record_file.h"

namespace reslab::pictures {

struct FileIndexOptions {
  std::string root = {};                             ///< paths below it are kept relative to it, however it was written
  std::int64_t settle = 2'000'000'000;               ///< nanoseconds that must have passed since a file was changed
  std::function<void(const std::string&)> say = {};  ///< gets a sentence where the index is too large to be used
};

class FileIndex final : public KnownFiles {
 public:
  explicit FileIndex(std::filesystem::path path, FileIndexOptions options = {});

  /// Reads the index, once, if it is there and whole, was written by a build that reads the same kinds of pictures, and
  /// is no larger than most_record_bytes() of these files.
  void expect(std::uint64_t files, std::uint64_t path_bytes) override;

  std::optional<Examined> find(const std::string& path, const FileStamp& stamp) override;
  void remember(const std::string& path, const Examined& found) override;

  /// Writes what was found and remembered since, durably, and forgets all else; nothing happens where that is what the
  /// file has. Throws core::FileRefused.
  void save();

 private:
  std::string key_of(const std::string& path) const;

  std::filesystem::path path_;
  FileIndexOptions options_;
  std::optional<RecordFile> before_;
  bool read_ = false;
  std::mutex mutex_;
  Records now_;
  bool changed_ = false;
};

/// The value of a record of the index; nothing where it is none.
std::string encode_examined(const Examined& found);
std::optional<Examined> decode_examined(std::string_view value);

constexpr std::string_view file_index_kind = "reslab index of pictures 1";

}  // namespace reslab::pictures
