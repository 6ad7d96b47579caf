// A packed cache that is open: a file mapped into memory, read by any number of threads.
//
//   std::shared_ptr<const Pack> pack = Pack::open(path, about);
//   if (pack == nullptr) … make it (pack_maker.h)
//   if (!pack->read(place, image)) … decode the picture
//
// Each slot's checksum is verified when it is first read. A damaged one is never handed out: it is reported once, and
// the file removed, so that the next opening makes it again; the other slots stay readable until then. A file that was
// cut after it was opened counts as damaged too.
//
// While it is open its file has a shared lock (flock), so that no process takes it away to make room, and the time of
// its last modification is when it was last opened (cache_room.h).
//
// Thread safety: const functions may be called at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "reslab/pictures/pack_layout.h"

namespace reslab::pictures {

/// Takes a sentence for the user. Called by any thread, by one at a time.
using Say = std::function<void(const std::string&)>;

class Pack {
 public:
  /// Null where it isn't there, can't be read, or isn't a whole pack of that `about`.
  static std::shared_ptr<const Pack> open(const std::filesystem::path& path, std::string_view about, Say say = {});
  ~Pack();
  Pack(const Pack&) = delete;
  Pack& operator=(const Pack&) = delete;

  std::span<const PackEntry> entries() const { return entries_; }

  std::uint64_t bytes() const { return bytes_.size(); }  ///< of its file

  /// The place of a picture in entries().
  std::optional<std::uint32_t> find(const ContentHash& hash) const;

  /// Replaces `image` by the picture at `place`; false, and `image` is as it was, where its slot is damaged.
  bool read(std::uint32_t place, augment::Image& image) const;

  /// Its slot as it is in the file; nothing where it is damaged.
  std::optional<std::span<const std::byte>> slot(std::uint32_t place) const;

 private:
  Pack(std::filesystem::path path, int descriptor, std::span<const std::byte> bytes, Say say);

  enum class State : std::uint8_t { unknown, good, bad };
  bool is_good(std::uint32_t place) const;
  bool is_uncut(const PackEntry& entry) const;
  void give_up(std::uint32_t place) const;

  std::filesystem::path path_;
  int descriptor_;
  std::span<const std::byte> bytes_;
  Say say_;
  std::vector<PackEntry> entries_;
  std::unordered_map<ContentHash, std::uint32_t, ContentHasher> places_;
  mutable std::vector<std::atomic<State>> states_;
  mutable std::atomic<bool> told_{false};
};

}  // namespace reslab::pictures
