// What the system says of a file by which a changed one is known without reading it, as git does.
#pragma once

#include <sys/stat.h>

#include <cstdint>

namespace reslab::pictures {

struct FileStamp {
  std::uint64_t size = 0;                         ///< bytes
  std::int64_t modified = 0, status_changed = 0;  ///< mtime and ctime, nanoseconds since 1970
  std::uint64_t inode = 0;

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

inline FileStamp stamp_of(const struct stat& status) {
  const auto nanoseconds = [](const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  };
  return {.size = static_cast<std::uint64_t>(status.st_size),
          .modified = nanoseconds(status.st_mtim),
          .status_changed = nanoseconds(status.st_ctim),
          .inode = static_cast<std::uint64_t>(status.st_ino)};
}

}  // namespace reslab::pictures
