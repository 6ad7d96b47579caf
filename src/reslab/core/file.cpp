#include "reslab/core/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "reslab/core/error.h"

namespace reslab::core {
namespace {

std::string remedy_for(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT: return "free some space there, or choose another place";
    case EACCES:
    case EPERM:
    case EROFS: return "choose a place that you may write to, or change its permissions";
    case ENOENT: return "check the path";
    default: return "";
  }
}

[[noreturn]] void file_error(const std::string& operation, const std::filesystem::path& path, int error_number) {
  throw UserError({.attempted = operation + " " + path.string(),
                   .found = system_message(error_number),
                   .remedy = remedy_for(error_number)});
}

// 0, or the errno that stopped it.
int write_all(int descriptor, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, data, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (written == 0) return EIO;
    data += written;
    size -= static_cast<std::size_t>(written);
  }
  return 0;
}

// 0, or the errno that stopped it.
int flush_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  const int result = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  // Some network file systems can't flush a folder; the rename itself has happened.
  return result == EINVAL || result == ENOTSUP ? 0 : result;
}

std::filesystem::path temporary_name(const std::filesystem::path& path) {
  static std::atomic<unsigned> count{0};
  std::filesystem::path name = path;
  name += concatenate(".", ::getpid(), ".", count++, ".part");
  return name;
}

}  // namespace

DurableFile::DurableFile(std::filesystem::path path) : path_(std::move(path)) {
  do {  // a killed process of the same id may have left a name behind
    temporary_ = temporary_name(path_);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) file_error("create", path_, errno);
}

DurableFile::~DurableFile() { discard(); }

void DurableFile::discard() noexcept {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
  descriptor_ = -1;
}

void DurableFile::fail(const char* operation, int error_number) {
  discard();
  file_error(operation, path_, error_number);
}

void DurableFile::write(std::span<const std::byte> bytes) {
  RESLAB_ASSERT(descriptor_ >= 0, path_, " is written to after commit");
  if (const int error = write_all(descriptor_, reinterpret_cast<const char*>(bytes.data()), bytes.size()); error != 0)
    fail("write", error);
}

void DurableFile::write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

void DurableFile::commit() {
  RESLAB_ASSERT(descriptor_ >= 0, path_, " is committed twice");
  if (::fsync(descriptor_) != 0) fail("write", errno);
  const int closed = ::close(std::exchange(descriptor_, -1)) == 0 ? 0 : errno;
  const int renamed = closed != 0 ? closed : std::rename(temporary_.c_str(), path_.c_str()) == 0 ? 0 : errno;
  if (renamed != 0) {
    ::unlink(temporary_.c_str());
    file_error("write", path_, renamed);
  }
  if (const int error = flush_folder(path_.parent_path()); error != 0) file_error("write", path_, error);
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  DurableFile file(path);
  file.write(text);
  file.commit();
}

AppendFile::AppendFile(std::filesystem::path path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) file_error("open", path_, errno);
}

AppendFile::~AppendFile() { ::close(descriptor_); }

void AppendFile::append(std::string_view text) {
  if (const int error = write_all(descriptor_, text.data(), text.size()); error != 0) file_error("write", path_, error);
}

std::uint64_t AppendFile::sync() {
  struct stat status {};
  if (::fsync(descriptor_) != 0 || ::fstat(descriptor_, &status) != 0) file_error("write", path_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void cut_torn_line(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return;
  const std::string text = read_text(path, std::size_t{1} << 30);
  const std::size_t whole = text.rfind('\n') + 1;  // 0 where there is none
  if (whole == text.size()) return;
  std::filesystem::resize_file(path, whole, error);
  if (error) file_error("write", path, error.value());
}

FileLock::FileLock(const std::filesystem::path& path, void (*waiting)()) {
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) file_error("lock", path, errno);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  if (errno == EWOULDBLOCK && waiting != nullptr) waiting();
  while (::flock(descriptor_, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    const int error = errno;
    ::close(descriptor_);
    file_error("lock", path, error);
  }
}

std::unique_ptr<FileLock> FileLock::try_lock(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) file_error("lock", path, errno);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return std::unique_ptr<FileLock>(new FileLock(Opened{descriptor}));
  const int error = errno;
  ::close(descriptor);
  if (error == EWOULDBLOCK) return nullptr;
  file_error("lock", path, error);
}

FileLock::~FileLock() {
  // Closing alone would leave it locked while a child of fork holds a copy of the descriptor.
  ::flock(descriptor_, LOCK_UN);
  ::close(descriptor_);
}

std::vector<std::byte> read_bytes(const std::filesystem::path& path, std::size_t limit) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) file_error("read", path, errno);
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{descriptor};
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) file_error("read", path, errno);
  if (S_ISDIR(status.st_mode)) file_error("read", path, EISDIR);
  const auto check = [&](std::size_t size) {
    if (size > limit)
      throw UserError({.attempted = "read " + path.string(),
                       .found = concatenate("at least ", size, " bytes"),
                       .allowed = concatenate("at most ", limit, " bytes")});
  };
  check(static_cast<std::size_t>(status.st_size));
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size) + 1);
  std::size_t filled = 0;
  // A pipe has no size and a file may grow, so the loop ends where the data does: one byte of room is always left.
  for (;;) {
    check(filled);
    if (filled == bytes.size()) bytes.resize(filled + (std::size_t{1} << 16));
    const ssize_t count = ::read(descriptor, bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) file_error("read", path, errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

std::string read_text(const std::filesystem::path& path, std::size_t limit) {
  const std::vector<std::byte> bytes = read_bytes(path, limit);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void check_can_write(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (::access(folder.c_str(), W_OK | X_OK) != 0) file_error("write", path, errno);
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) file_error("write", path, EISDIR);
}

void make_directories(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) file_error("make the folder", path, error.value());
}

}  // namespace reslab::core
