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
#include "reslab/pictures/in_order.h"
#include "reslab/pictures/picture_facts.h"

namespace reslab::pictures {
namespace {

constexpr std::string_view pack_suffix = ".pack";

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
    if (find()) return earlier_;
    plan();
    if (!fits()) return earlier_;
    const std::unique_ptr<core::FileLock> lock = cache_.lock();
    if (lock == nullptr || find()) return earlier_;
    plan();
    const bool made = cache_.attempt([&] {
      core::remove_unfinished(cache_.path());
      make_room();
      make();
    });
    std::shared_ptr<const Pack> pack = made ? Pack::open(path_, about_, options_.say) : nullptr;
    return pack != nullptr ? pack : earlier_;
  }

 private:
  // Whether a pack that is there has all that is wanted.
  bool find() {
    earlier_ = Pack::open(path_, about_, options_.say);
    return earlier_ != nullptr && std::ranges::all_of(content_.wanted, [&](const PackPicture& picture) {
             return earlier_->find(picture.content.hash).has_value();
           });
  }

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
    const std::uint64_t in_use = bytes_in_use();
    for (const ContentHash& hash : content_.may_stay) {
      const auto place = earlier_->find(hash);
      if (!place || seen.contains(hash)) continue;
      const std::uint64_t bytes = earlier_->entries()[*place].slot_bytes();
      if (in_use + bytes_ + bytes + pack_entry_bytes > options_.limit) break;
      seen.insert(hash);
      add({.hash = hash, .bytes = bytes});
    }
  }

  static std::uint64_t size_of_file(const std::filesystem::path& file) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    return error ? 0 : size;
  }

  std::uint64_t bytes_in_use() const {
    std::uint64_t bytes = 0;
    for (const std::filesystem::path& file : options_.in_use) bytes += size_of_file(file);
    return bytes;
  }

  bool fits() const {
    const std::uint64_t all = bytes_ + bytes_in_use();
    if (all <= options_.limit) return true;
    if (options_.say)
      options_.say(core::concatenate("the pictures take ", core::size_text(all),
                                     " decoded, and the picture cache may have ", core::size_text(options_.limit),
                                     ": they are decoded each time that they are read (--picture-cache SIZE)"));
    return false;
  }

  // The oldest packs of other forms go. A process that has one open keeps it until it ends.
  void make_room() {
    using File = std::pair<std::filesystem::file_time_type, std::filesystem::path>;
    std::vector<File> others;
    std::uint64_t all = bytes_;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(cache_.path(), error)) {
      if (entry.path().extension() != pack_suffix || entry.path() == path_) continue;
      all += size_of_file(entry.path());
      if (std::ranges::find(options_.in_use, entry.path()) == options_.in_use.end())
        others.emplace_back(entry.last_write_time(error), entry.path());
    }
    std::ranges::sort(others);
    for (const File& file : others) {
      if (all <= options_.limit) return;
      all -= size_of_file(file.second);
      core::remove_file(file.second);
    }
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
    render(read_picture_file(picture.path, picture.content), picture.path, content_.decode, content_.form, image);
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
  std::uint64_t bytes_ = 0;  // of the file to be
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
