// Room in the picture cache: its limit holds for the packs of all data sets together, and the ones that were used
// longest ago go first. A pack that a running program has open stays (pack.h locks it), and so does whatever isn't a
// pack: a pack is a file with a pack's name and first bytes, in a folder that has the name of a data set's.
//
//   CacheRoom room(cache.path().parent_path());
//   if (room.bytes_in_use(mine) + needed > limit) … there is none
//   const Removed removed = room.make({.limit = limit, .needed = needed, .but = mine});
//
// A pack that another process writes meanwhile counts by what it has so far: two that are written at the same time may
// exceed the limit until the next time that room is made, which each does when it is done.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace reslab::pictures {

constexpr const char* pack_suffix = ".pack";

struct RoomOptions {
  std::uint64_t limit = 0;         ///< bytes
  std::uint64_t needed = 0;        ///< bytes, beside the packs that are there
  std::filesystem::path but = {};  ///< a pack that neither counts nor goes
};

struct Removed {
  std::uint64_t packs = 0, bytes = 0;
};

class CacheRoom {
 public:
  /// Looks through the data sets' folders in `folder`. What can't be read counts nothing. What processes that were
  /// killed left of packs is removed.
  explicit CacheRoom(const std::filesystem::path& folder);

  /// Of the packs that can't be removed, since a program has them open or writes them.
  std::uint64_t bytes_in_use(const std::filesystem::path& but) const;

  /// Removes packs until `needed` and the rest take at most `limit` bytes, or no other can be removed.
  Removed make(const RoomOptions& options);

 private:
  struct File {
    std::filesystem::file_time_type used;
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    bool in_use = false;
  };
  void add_files_of(const std::filesystem::path& folder);

  std::vector<File> files_;  // from the one that was used longest ago on
};

}  // namespace reslab::pictures
