#include "reslab/pictures/pack_maker.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "reslab/core/crc32c.h"
#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/hash.h"
#include "reslab/core/quantity.h"
#include "reslab/pictures/cache_room.h"
#include "reslab/pictures/in_order.h"
#include "reslab/pictures/picture_facts.h"

namespace reslab::pictures {
namespace {

// Another version of this number: other pixels from the same decoders, or another layout.
constexpr std::string_view pack_version = "pixels 1\n";

struct Slot {
  PackEntry entry;
  std::vector<std::byte> bytes;
};

// A slot to be: of a picture, or of an earlier pack alone.
struct Planned {
  ContentHash hash;
  const PackPicture* picture = nullptr;
  std::uint64_t bytes = 0;
};

class PackMaker {
 public:
  PackMaker(CacheFolder& cache, const PackContent& content, const PackOptions& options)
      : cache_(cache),
        content_(content),
        options_(options),
        about_(pack_about(content)),
        path_(cache.path() / pack_name(content)) {}

  std::shared_ptr<const Pack> find_or_make() {
    if (find()) return found();
    plan();
    if (!fits()) return found();
    const std::unique_ptr<core::FileLock> lock = cache_.lock();
    if (lock == nullptr || find()) return found();
    plan();
    if (!fits()) return found();
    const bool made = cache_.attempt([&] {
      core::remove_unfinished(cache_.path());
      make_room(bytes_);
      make();
    });
    std::shared_ptr<const Pack> pack = made ? Pack::open(path_, about_, options_.say) : nullptr;
    if (pack != nullptr) earlier_ = std::move(pack);
    return found();
  }

 private:
  // Whether a pack that is there has all that is wanted, and no more than may be there.
  bool find() {
    earlier_ = Pack::open(path_, about_, options_.say);
    in_use_ = CacheRoom(folder()).bytes_in_use(path_);
    return earlier_ != nullptr && in_use_ + earlier_->bytes() <= options_.limit &&
           std::ranges::all_of(content_.wanted, [&](const PackPicture& picture) {
             return earlier_->find(picture.content.hash).has_value();
           });
  }

  // The pack that is used. One that is larger than may be is closed, and goes.
  std::shared_ptr<const Pack> found() {
    if (earlier_ != nullptr && in_use_ + earlier_->bytes() > options_.limit) earlier_ = nullptr;
    make_room(0);
    return earlier_;
  }

  // That of all data sets.
  std::filesystem::path folder() const { return cache_.path().parent_path(); }

  // Pictures that may stay take only the room that is left by those that are wanted and by packs in use.
  void plan() {
    planned_.clear();
    bytes_ = pack_page + pack_trailer_bytes;
    std::unordered_set<ContentHash, ContentHasher> seen;
    const auto add = [&](const Planned& slot) {
      planned_.push_back(slot);
      bytes_ += slot.bytes + pack_entry_bytes;
    };
    for (const PackPicture& picture : content_.wanted) {
      const augment::Size size = rendered_size(content_.form, picture.size, picture.format);
      if (seen.insert(picture.content.hash).second)
        add({picture.content.hash, &picture, slot_bytes_of(size, content_.decode.channels)});
    }
    if (earlier_ == nullptr) return;
    for (const ContentHash& hash : content_.may_stay) {
      const auto place = earlier_->find(hash);
      if (!place || seen.contains(hash)) continue;
      const std::uint64_t bytes = earlier_->entries()[*place].slot_bytes();
      if (in_use_ + bytes_ + bytes + pack_entry_bytes > options_.limit) break;
      seen.insert(hash);
      add({.hash = hash, .bytes = bytes});
    }
  }

  bool fits() const {
    if (bytes_ + in_use_ <= options_.limit) return true;
    if (!options_.say) return false;
    const std::string beside =
        in_use_ == 0 ? ""
                     : core::concatenate(", beside ", core::size_text(in_use_), " that programs are using just now");
    options_.say(core::concatenate("the pictures take ", core::size_text(bytes_), " decoded", beside,
                                   ", and the picture cache may have ", core::size_text(options_.limit),
                                   ": they are decoded each time that they are read (--picture-cache SIZE)"));
    return false;
  }

  // For `needed` bytes in the place of the pack that is there, or for none beside all that is there.
  void make_room(std::uint64_t needed) const {
    const Removed removed = CacheRoom(folder()).make(
        {.limit = options_.limit, .needed = needed, .but = needed > 0 ? path_ : std::filesystem::path()});
    if (removed.packs == 0 || !options_.say) return;
    options_.say(core::concatenate("removed ", core::counted(static_cast<std::int64_t>(removed.packs), "pack"),
                                   " of decoded pictures, ", core::size_text(removed.bytes),
                                   ", used longest ago, since the picture cache may have ",
                                   core::size_text(options_.limit), " (--picture-cache SIZE)"));
  }

  void make() {
    core::DurableFile file(path_);
    file.write(pack_head(about_));
    std::vector<PackEntry> entries;
    std::uint64_t offset = pack_page;
    Progress progress{.of = planned_.size()};
    in_order<Slot>(
        {.count = planned_.size(), .threads = options_.threads}, [&](std::size_t i) { return slot_of(planned_[i]); },
        [&](std::size_t /*i*/, Slot slot) {
          ++progress.files;
          progress.bytes += slot.bytes.size();
          if (!slot.bytes.empty()) {
            slot.entry.offset = offset;
            offset += slot.entry.slot_bytes();
            file.write(slot.bytes);
            entries.push_back(slot.entry);
          }
          if (options_.progress) options_.progress(progress);
        });
    file.write(pack_tail(entries));
    file.commit();
  }

  Slot slot_of(const Planned& planned) const {
    if (const auto place = earlier_ != nullptr ? earlier_->find(planned.hash) : std::nullopt)
      if (const auto bytes = earlier_->slot(*place))
        return {.entry = earlier_->entries()[*place], .bytes = {bytes->begin(), bytes->end()}};
    if (planned.picture == nullptr) return {};  // it was damaged, and isn't wanted now
    const PackPicture& picture = *planned.picture;
    augment::Image image;
    render_file(picture.path, picture.content, options_.memory, content_.decode, content_.form, image);
    Slot slot{.entry = {.hash = planned.hash,
                        .height = static_cast<std::uint32_t>(image.height),
                        .width = static_cast<std::uint32_t>(image.width),
                        .channels = static_cast<std::uint32_t>(image.channels)}};
    slot.bytes.resize(static_cast<std::size_t>(slot.entry.slot_bytes()));
    std::memcpy(slot.bytes.data(), image.pixels.data(), image.pixels.size());
    slot.entry.checksum = core::crc32c(slot.bytes);
    return slot;
  }

  CacheFolder& cache_;
  const PackContent& content_;
  const PackOptions& options_;
  const std::string about_;
  const std::filesystem::path path_;
  std::shared_ptr<const Pack> earlier_;
  std::vector<Planned> planned_;
  std::uint64_t bytes_ = 0;   // of the file to be
  std::uint64_t in_use_ = 0;  // bytes of other packs that stay
};

}  // namespace

std::string pack_about(const PackContent& content) {
  return core::concatenate(pack_version, description_of(content.form), '\n', description_of(content.decode),
                           decoders_text());
}

std::string pack_name(const PackContent& content) {
  constexpr std::size_t digits = 16;
  const std::string about = pack_about(content);
  return core::concatenate(content.form.is_fitted() ? "evaluation-" : "training-",
                           core::sha256(std::as_bytes(std::span(about))).substr(0, digits), pack_suffix);
}

std::shared_ptr<const Pack> find_or_make_pack(CacheFolder& cache, const PackContent& content,
                                              const PackOptions& options) {
  if (!cache.is_on() || options.limit == 0) return nullptr;
  return PackMaker(cache, content, options).find_or_make();
}

}  // namespace reslab::pictures
