#include "reslab/fetch/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <set>

#include "reslab/core/error.h"
#include "reslab/fetch/source_error.h"

namespace reslab::fetch {
namespace {

using core::concatenate;

constexpr std::size_t block_bytes = std::size_t{1} << 18;

struct ArchiveDeleter {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, ArchiveDeleter>;

class Members {
 public:
  Members(const std::filesystem::path& path, std::span<const ArchiveMember> wanted)
      : path_(path), wanted_(wanted), reader_(archive_read_new()) {
    RESLAB_ASSERT(reader_ != nullptr, "libarchive gives no reader");
    // No other format and no other filter: what isn't asked for can't be attacked.
    archive_read_support_filter_gzip(reader_.get());
    archive_read_support_format_tar(reader_.get());
    if (archive_read_open_filename(reader_.get(), path.c_str(), block_bytes) != ARCHIVE_OK) fail();
  }

  void read(const std::function<void(const std::string&, std::vector<std::byte>)>& use) {
    archive_entry* entry = nullptr;
    for (;;) {
      const int code = archive_read_next_header(reader_.get(), &entry);
      if (code == ARCHIVE_EOF) break;
      if (code != ARCHIVE_OK) fail();
      const char* name = archive_entry_pathname(entry);
      const ArchiveMember* member = name == nullptr ? nullptr : find(name);
      if (member == nullptr) continue;
      if (!seen_.insert(member->name).second) refuse(member->name + " is there twice");
      if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr)
        refuse(member->name + " is no ordinary file");
      use(member->name, content(*member));
    }
    for (const ArchiveMember& member : wanted_)
      if (!seen_.contains(member.name)) refuse(member.name + " is missing");
  }

 private:
  [[noreturn]] void fail() const {
    const char* message = archive_error_string(reader_.get());
    refuse(message == nullptr ? "it can't be read" : message);
  }

  [[noreturn]] void refuse(const std::string& reason) const {
    throw SourceError(concatenate("the archive ", path_.filename().string(), ": ", reason));
  }

  const ArchiveMember* find(std::string_view name) const {
    const auto found =
        std::find_if(wanted_.begin(), wanted_.end(), [&](const auto& member) { return member.name == name; });
    return found == wanted_.end() ? nullptr : &*found;
  }

  // Grows with what is really there: the size that the header claims isn't trusted.
  std::vector<std::byte> content(const ArchiveMember& member) {
    std::vector<std::byte> bytes;
    for (;;) {
      const std::size_t filled = bytes.size();
      bytes.resize(filled + block_bytes);
      const la_ssize_t count = archive_read_data(reader_.get(), bytes.data() + filled, block_bytes);
      if (count < 0) fail();
      bytes.resize(filled + static_cast<std::size_t>(count));
      if (bytes.size() > member.limit)
        refuse(concatenate(member.name, " has more than the ", member.limit, " bytes that are allowed"));
      if (count == 0) return bytes;
    }
  }

  const std::filesystem::path& path_;
  std::span<const ArchiveMember> wanted_;
  Reader reader_;
  std::set<std::string> seen_;
};

}  // namespace

void read_archive(const std::filesystem::path& path, std::span<const ArchiveMember> members,
                  const std::function<void(const std::string&, std::vector<std::byte>)>& use) {
  Members(path, members).read(use);
}

}  // namespace reslab::fetch
