#include "reslab/verify/save_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/train/checkpoint.h"

namespace reslab::verify {
namespace {

// "epoch-0001.json.71.4.part" → "epoch-0001.json"; core::DurableFile's temporary names end so.
std::string without_endings(const std::string& name) {
  std::filesystem::path path = name;
  if (!core::is_unfinished(path)) return name;
  for (int i = 0; i < 3; ++i) path.replace_extension();
  return path.string();
}

std::optional<SaveEvent> event_of(const std::string& name, bool made) {
  const std::string file = without_endings(name);
  if (!train::position_of(file)) return std::nullopt;
  const bool manifest = file.ends_with(".json"), temporary = file != name;
  if (temporary != made) return std::nullopt;
  if (manifest) return SaveEvent{made ? SaveStage::manifest_begun : SaveStage::manifest_whole, file};
  return SaveEvent{made ? SaveStage::payload_begun : SaveStage::payload_whole, file};
}

}  // namespace

SaveWatch::SaveWatch(const std::filesystem::path& folder) : descriptor_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (descriptor_ >= 0 && ::inotify_add_watch(descriptor_, folder.c_str(), IN_CREATE | IN_MOVED_TO) >= 0) return;
  const int error = errno;
  if (descriptor_ >= 0) ::close(descriptor_);
  throw core::UserError({.attempted = "watch " + folder.string(), .found = core::system_message(error)});
}

SaveWatch::~SaveWatch() { ::close(descriptor_); }

void SaveWatch::read_events() {
  alignas(inotify_event) std::array<char, 16384> buffer{};
  const ssize_t size = ::read(descriptor_, buffer.data(), buffer.size());
  for (ssize_t place = 0; place < size;) {
    inotify_event event{};
    std::memcpy(&event, buffer.data() + place, sizeof(event));
    const char* const name = buffer.data() + place + sizeof(event);
    if ((event.mask & IN_Q_OVERFLOW) != 0)
      throw core::UserError({.attempted = "watch a checkpoint folder",
                             .found = "the system told of more changes than it could keep",
                             .remedy = "raise /proc/sys/fs/inotify/max_queued_events"});
    if (event.len > 0)
      if (auto seen = event_of(name, (event.mask & IN_CREATE) != 0)) waiting_.push_back(std::move(*seen));
    place += static_cast<ssize_t>(sizeof(event) + event.len);
  }
}

std::optional<SaveEvent> SaveWatch::next(std::chrono::milliseconds limit) {
  if (waiting_.empty()) {
    pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(limit.count())) > 0) read_events();
  }
  if (waiting_.empty()) return std::nullopt;
  SaveEvent event = std::move(waiting_.front());
  waiting_.pop_front();
  return event;
}

}  // namespace reslab::verify
