#include "reslab/pictures/pack.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "reslab/core/crc32c.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/file_calls.h"

namespace reslab::pictures {

std::shared_ptr<const Pack> Pack::open(const std::filesystem::path& path, std::string_view about, Say say) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  struct stat status {};
  const bool usable = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
  const auto size = usable ? static_cast<std::size_t>(status.st_size) : 0;
  void* const bytes = usable ? ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0) : MAP_FAILED;
  if (bytes == MAP_FAILED) {
    ::close(descriptor);
    return nullptr;
  }
  const std::shared_ptr<Pack> pack(
      new Pack(path, descriptor, {static_cast<const std::byte*>(bytes), size}, std::move(say)));
  std::optional<std::vector<PackEntry>> entries = parse_pack(pack->bytes_, about);
  if (!entries) return nullptr;
  pack->entries_ = std::move(*entries);
  pack->places_.reserve(pack->entries_.size());
  for (std::uint32_t place = 0; place < pack->entries_.size(); ++place)
    pack->places_.emplace(pack->entries_[place].hash, place);
  pack->states_ = std::vector<std::atomic<State>>(pack->entries_.size());
  // Where either isn't permitted, nothing but the order in which packs are removed is another one.
  ::flock(descriptor, LOCK_SH | LOCK_NB);
  constexpr std::array<timespec, 2> now{timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                                        timespec{.tv_sec = 0, .tv_nsec = UTIME_NOW}};
  core::file_calls().futimens(descriptor, now.data());
  return pack;
}

Pack::Pack(std::filesystem::path path, int descriptor, std::span<const std::byte> bytes, Say say)
    : path_(std::move(path)), descriptor_(descriptor), bytes_(bytes), say_(std::move(say)) {}

Pack::~Pack() {
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  ::close(descriptor_);
}

std::optional<std::uint32_t> Pack::find(const ContentHash& hash) const {
  const auto found = places_.find(hash);
  return found == places_.end() ? std::nullopt : std::optional(found->second);
}

// Reading a page that the file no longer has would end the process (SIGBUS).
bool Pack::is_uncut(const PackEntry& entry) const {
  struct stat status {};
  return ::fstat(descriptor_, &status) == 0 &&
         entry.offset + entry.slot_bytes() <= static_cast<std::uint64_t>(status.st_size);
}

bool Pack::is_good(std::uint32_t place) const {
  RESLAB_ASSERT(place < entries_.size(), place, " of ", entries_.size());
  const PackEntry& entry = entries_[place];
  std::atomic<State>& state = states_[place];
  const State known = state.load(std::memory_order_acquire);
  if (known == State::bad) return false;
  bool good = is_uncut(entry);
  if (good && known == State::unknown)
    good = core::crc32c(bytes_.subspan(static_cast<std::size_t>(entry.offset),
                                       static_cast<std::size_t>(entry.slot_bytes()))) == entry.checksum;
  state.store(good ? State::good : State::bad, std::memory_order_release);
  if (!good) give_up(place);
  return good;
}

// Another process may have put a new file under the name meanwhile.
void Pack::give_up(std::uint32_t place) const {
  if (told_.exchange(true)) return;
  struct stat mine {
  }, there{};
  if (::fstat(descriptor_, &mine) == 0 && ::lstat(path_.c_str(), &there) == 0 && mine.st_ino == there.st_ino &&
      mine.st_dev == there.st_dev)
    core::remove_file(path_);
  if (say_)
    say_(core::concatenate("the picture cache ", path_.string(), " is damaged (entry ", place,
                           "): what is damaged is decoded from the pictures again, and the cache is made again at the "
                           "next start"));
}

std::optional<std::span<const std::byte>> Pack::slot(std::uint32_t place) const {
  if (!is_good(place)) return std::nullopt;
  const PackEntry& entry = entries_[place];
  return bytes_.subspan(static_cast<std::size_t>(entry.offset), static_cast<std::size_t>(entry.slot_bytes()));
}

bool Pack::read(std::uint32_t place, augment::Image& image) const {
  const std::optional<std::span<const std::byte>> bytes = slot(place);
  if (!bytes) return false;
  const PackEntry& entry = entries_[place];
  image.height = static_cast<int>(entry.height);
  image.width = static_cast<int>(entry.width);
  image.channels = static_cast<int>(entry.channels);
  const auto* const pixels = reinterpret_cast<const std::uint8_t*>(bytes->data());
  image.pixels.assign(pixels, pixels + entry.pixel_bytes());
  return true;
}

}  // namespace reslab::pictures
