#include "reslab/pictures/cache_folder.h"

#include <utility>

#include "reslab/core/hash.h"

namespace reslab::pictures {

CacheFolder::CacheFolder(const std::filesystem::path& root, std::string_view key, Say say)
    : say_(std::move(say)), on_(!root.empty()) {
  constexpr std::size_t digits = 16;
  folder_ = root / "pictures" / core::sha256(std::as_bytes(std::span(key))).substr(0, digits);
}

std::unique_ptr<core::FileLock> CacheFolder::lock() {
  std::unique_ptr<core::FileLock> lock;
  attempt([&] {
    const std::filesystem::path file = folder_ / "lock";
    lock = core::FileLock::try_lock(file);
    if (lock) return;
    if (say_) say_("another process prepares the same pictures: waiting for it");
    lock = std::make_unique<core::FileLock>(file);
  });
  return lock;
}

void CacheFolder::refuse(const core::FileRefused& error) {
  refused_ = true;
  if (say_)
    say_(core::concatenate("nothing more is kept in the picture cache, which costs time alone: ", error.what()));
}

}  // namespace reslab::pictures
