#include "reslab/pictures/cache_room.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/pictures/pack_layout.h"

namespace reslab::pictures {
namespace {

constexpr std::size_t name_digits = 16;

bool are_digits(std::string_view text) {
  return text.size() == name_digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// training-0123456789abcdef.pack
bool is_pack_name(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  const std::size_t dash = stem.find('-');
  if (file.extension() != pack_suffix || dash == std::string::npos) return false;
  const std::string_view form = std::string_view(stem).substr(0, dash);
  return (form == "training" || form == "evaluation") && are_digits(std::string_view(stem).substr(dash + 1));
}

// Of one that is being written, under the name that core::DurableFile gives it: PACK.PROCESS.COUNT.part.
bool is_unfinished_pack(const std::filesystem::path& file) {
  return core::is_unfinished(file) && is_pack_name(file.stem().stem().stem());
}

// A pack that is held alone while this object lives, unless a program has it open.
class HeldPack {
 public:
  explicit HeldPack(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)) {
    std::array<char, pack_magic.size()> head{};
    is_pack_ = descriptor_ >= 0 && ::fstat(descriptor_, &status_) == 0 && S_ISREG(status_.st_mode) &&
               ::pread(descriptor_, head.data(), head.size(), 0) == std::ssize(head) &&
               std::string_view(head.data(), head.size()) == pack_magic;
    is_held_ = is_pack_ && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
  }
  ~HeldPack() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  HeldPack(const HeldPack&) = delete;
  HeldPack& operator=(const HeldPack&) = delete;

  bool is_pack() const { return is_pack_; }
  bool is_held() const { return is_held_; }
  std::uint64_t bytes() const { return static_cast<std::uint64_t>(status_.st_size); }

  // Whether the name is still that of this file: another process may have put a new pack there.
  bool is_at(const std::filesystem::path& path) const {
    struct stat there {};
    return ::lstat(path.c_str(), &there) == 0 && there.st_ino == status_.st_ino && there.st_dev == status_.st_dev;
  }

 private:
  int descriptor_;
  struct stat status_ {};
  bool is_pack_ = false, is_held_ = false;
};

// Whoever writes a pack holds the lock of its folder (CacheFolder::lock): without one, the writer was killed.
void remove_leftovers(const std::filesystem::path& folder, std::span<const std::filesystem::path> unfinished) {
  if (unfinished.empty()) return;
  try {
    if (const auto lock = core::FileLock::try_lock(folder / "lock"))
      for (const std::filesystem::path& path : unfinished) core::remove_file(path);
  } catch (const core::UserError&) {
    // They stay, and count.
  }
}

}  // namespace

CacheRoom::CacheRoom(const std::filesystem::path& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (are_digits(entry.path().filename().string()) &&
        entry.symlink_status(error).type() == std::filesystem::file_type::directory)
      add_files_of(entry.path());
  std::ranges::sort(files_, {}, [](const File& file) { return std::tie(file.used, file.path); });
}

void CacheRoom::add_files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> unfinished;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (is_unfinished_pack(entry.path())) unfinished.push_back(entry.path());
    if (!is_pack_name(entry.path())) continue;
    const HeldPack pack(entry.path());
    if (!pack.is_pack()) continue;
    const auto used = std::filesystem::last_write_time(entry.path(), error);
    files_.push_back({.used = used, .path = entry.path(), .bytes = pack.bytes(), .in_use = !pack.is_held()});
  }
  remove_leftovers(folder, unfinished);
  for (const std::filesystem::path& path : unfinished) {
    const std::uintmax_t bytes = std::filesystem::file_size(path, error);
    if (!error) files_.push_back({.path = path, .bytes = bytes, .in_use = true});
  }
}

std::uint64_t CacheRoom::bytes_in_use(const std::filesystem::path& but) const {
  std::uint64_t bytes = 0;
  for (const File& file : files_)
    if (file.in_use && file.path != but) bytes += file.bytes;
  return bytes;
}

Removed CacheRoom::make(const RoomOptions& options) {
  std::uint64_t all = options.needed;
  for (const File& file : files_)
    if (file.path != options.but) all += file.bytes;
  Removed removed;
  std::erase_if(files_, [&](const File& file) {
    if (all <= options.limit || file.in_use || file.path == options.but) return false;
    // A program may have opened it meanwhile.
    const HeldPack pack(file.path);
    if (!pack.is_held() || !pack.is_at(file.path) || !core::remove_file(file.path)) return false;
    all -= file.bytes;
    ++removed.packs;
    removed.bytes += file.bytes;
    return true;
  });
  return removed;
}

}  // namespace reslab::pictures
