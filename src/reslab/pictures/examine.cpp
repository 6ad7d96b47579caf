#include "reslab/pictures/examine.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <mutex>
#include <thread>

#include "reslab/core/error.h"
#include "reslab/core/hash.h"

namespace reslab::pictures {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 10;

class OpenedFile {
 public:
  // O_NONBLOCK: a pipe that nobody writes to would hold the program up.
  explicit OpenedFile(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) {}
  ~OpenedFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenedFile(const OpenedFile&) = delete;
  OpenedFile& operator=(const OpenedFile&) = delete;

  int descriptor() const { return descriptor_; }

  // Fills the buffer unless the file ends before. The bytes read, or −1 with errno.
  ssize_t fill(std::span<std::byte> buffer) const {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      const ssize_t count = ::read(descriptor_, buffer.data() + filled, buffer.size() - filled);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return -1;
      if (count == 0) break;
      filled += static_cast<std::size_t>(count);
    }
    return static_cast<ssize_t>(filled);
  }

 private:
  int descriptor_;
};

// The rest of a file whose first piece is in the buffer already.
int hash_rest(const OpenedFile& file, std::span<std::byte> buffer, std::size_t first, Examined& found) {
  core::Sha256 hash;
  for (std::size_t count = first;;) {
    hash.update(buffer.first(count));
    found.bytes += count;
    if (count < buffer.size()) break;
    const ssize_t more = file.fill(buffer);
    if (more < 0) return errno;
    count = static_cast<std::size_t>(more);
  }
  found.hash = content_hash(hash.finish());
  return 0;
}

Examined examine_file(const std::string& path, bool hash, std::span<std::byte> buffer, std::uint64_t& read) {
  const OpenedFile file(path);
  if (file.descriptor() < 0) {
    // A socket can't be opened.
    if (errno == ENXIO) return {.kind = FileKind::special};
    return {.error = errno};
  }
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) return {.error = errno};
  if (!S_ISREG(status.st_mode)) return {.kind = FileKind::special};
  Examined found{.stamp = stamp_of(status)};
  const ssize_t head = file.fill(buffer.first(head_bytes));
  if (head < 0) return {.error = errno};
  const auto head_size = static_cast<std::size_t>(head);
  found.kind = kind_of(buffer.first(head_size));
  read = head_size;
  if (!hash || !is_read(found.kind)) {
    found.bytes = static_cast<std::uint64_t>(status.st_size);
    return found;
  }
  const ssize_t rest = head_size < head_bytes ? 0 : file.fill(buffer.subspan(head_bytes));
  if (rest < 0) return {.error = errno};
  if (const int error = hash_rest(file, buffer, head_size + static_cast<std::size_t>(rest), found); error != 0)
    return {.error = error};
  read = found.bytes;
  return found;
}

// Whether the file is now what it was before it was read.
bool is_unchanged(const std::string& path, const FileStamp& stamp) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && stamp_of(status) == stamp;
}

Examined look_up_or_examine(const std::string& path, KnownFiles& known, std::span<std::byte> buffer,
                            std::uint64_t& read) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode))
    if (std::optional<Examined> found = known.find(path, stamp_of(status))) return *found;
  Examined found = examine_file(path, true, buffer, read);
  if (found.error == 0 && found.kind != FileKind::special && is_unchanged(path, found.stamp))
    known.remember(path, found);
  return found;
}

// What the threads share.
class Examination {
 public:
  Examination(std::span<const std::string> paths, const ExamineOptions& options)
      : paths_(paths), options_(options), found_(paths.size()) {}

  void work() {
    std::vector<std::byte> buffer(buffer_bytes);
    for (std::size_t i; !stopped_ && (i = next_++) < paths_.size();) {
      try {
        std::uint64_t read = 0;
        found_[i] = options_.known != nullptr && options_.hash
                        ? look_up_or_examine(paths_[i], *options_.known, buffer, read)
                        : examine_file(paths_[i], options_.hash, buffer, read);
        tell(read);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        stopped_ = true;
      }
    }
  }

  std::vector<Examined> finish() {
    if (failure_) std::rethrow_exception(failure_);
    return std::move(found_);
  }

 private:
  void tell(std::uint64_t read) {
    const std::lock_guard lock(mutex_);
    ++progress_.files;
    progress_.bytes += read;
    if (!options_.progress || stopped_) return;
    try {
      options_.progress(progress_);
    } catch (...) {
      stopped_ = true;  // before another thread can call it again
      throw;
    }
  }

  std::span<const std::string> paths_;
  const ExamineOptions& options_;
  std::vector<Examined> found_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  Progress progress_{.of = paths_.size()};
  std::exception_ptr failure_;
};

}  // namespace

std::vector<Examined> examine_files(std::span<const std::string> paths, const ExamineOptions& options) {
  RESLAB_ASSERT(options.threads >= 1);
  if (options.known != nullptr && options.hash) {
    std::uint64_t path_bytes = 0;
    for (const std::string& path : paths) path_bytes += path.size();
    options.known->expect(paths.size(), path_bytes);
  }
  Examination examination(paths, options);
  {
    const std::size_t threads = std::min<std::size_t>(static_cast<std::size_t>(options.threads), paths.size());
    std::vector<std::jthread> workers;
    for (std::size_t i = 1; i < threads; ++i) workers.emplace_back([&] { examination.work(); });
    examination.work();
  }
  return examination.finish();
}

}  // namespace reslab::pictures
