#include "reslab/core/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "reslab/core/error.h"
#include "reslab/core/file_calls.h"

namespace reslab::core {
namespace {

std::string remedy_for(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT: return "free some space there, or choose another place";
    case EACCES:
    case EPERM:
    case EROFS: return "choose a place that you may write to, or change its permissions";
    case EFBIG: return "raise the limit on the size of a file (`ulimit -f`), or choose another place";
    case ENOENT: return "check the path";
    default: return "";
  }
}

[[noreturn]] void file_error(const std::string& operation, const std::filesystem::path& path, int error_number) {
  throw FileRefused({.attempted = operation + " " + path.string(),
                     .found = system_message(error_number),
                     .remedy = remedy_for(error_number)});
}

// 0, or the errno that stopped it.
int write_all(int descriptor, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = file_calls().write(descriptor, data, size);
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
  FileCalls& calls = file_calls();
  const int descriptor = calls.open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  // Who may write into a folder needn't be allowed to read it.
  if (descriptor < 0) return errno == EACCES ? 0 : errno;
  const int result = calls.fsync(descriptor) == 0 ? 0 : errno;
  calls.close(descriptor);
  // Some network file systems can't flush a folder; the rename itself has happened.
  return result == EINVAL || result == ENOTSUP ? 0 : result;
}

const char* kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return "a file";
    case S_IFDIR: return "a folder";
    case S_IFLNK: return "a link";
    case S_IFIFO: return "a pipe";
    case S_IFSOCK: return "a socket";
    default: return "a device";
  }
}

// What isn't there is fine.
void check_kind(const std::filesystem::path& path, mode_t wanted) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || (status.st_mode & S_IFMT) == wanted) return;
  throw FileRefused({.attempted = "write " + path.string(),
                     .found = std::string("it is ") + kind_of(status.st_mode),
                     .allowed = std::string(kind_of(wanted)) + " of that name, or nothing",
                     .remedy = std::string("move it away, or put ") + kind_of(wanted) + " itself there"});
}

[[noreturn]] void refuse_no_file(const std::string& attempted) {
  throw DamagedFile({.attempted = attempted, .found = "a pipe or a device", .allowed = "a file"});
}

// Opens a file that is nothing else. Where it is a file, O_NONBLOCK changes nothing; a pipe would hold the program up.
template <typename Open>
int open_own(const Open& open, const std::filesystem::path& path, int flags, const char* operation) {
  const int descriptor = open(path.c_str(), flags | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
  const int error = errno;
  struct stat status {};
  if (descriptor >= 0 && ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) return descriptor;
  if (descriptor >= 0) ::close(descriptor);
  check_own_file(path);
  file_error(operation, path, error);
}

constexpr std::string_view unfinished_suffix = ".part";

std::filesystem::path temporary_name(const std::filesystem::path& path) {
  static std::atomic<unsigned> count{0};
  std::filesystem::path name = path;
  name += concatenate(".", ::getpid(), ".", count++, unfinished_suffix);
  return name;
}

}  // namespace

DurableFile::DurableFile(std::filesystem::path path) : path_(std::move(path)) {
  do {  // a killed process of the same id may have left a name behind
    temporary_ = temporary_name(path_);
    descriptor_ = file_calls().open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) file_error("create", path_, errno);
}

DurableFile::~DurableFile() { discard(); }

void DurableFile::discard() noexcept {
  if (descriptor_ < 0) return;
  file_calls().close(descriptor_);
  file_calls().unlink(temporary_.c_str());
  descriptor_ = -1;
}

void DurableFile::fail(const char* operation, int error_number) {
  discard();
  file_error(operation, path_, error_number);
}

void DurableFile::write(std::span<const std::byte> bytes) {
  write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void DurableFile::write(std::string_view text) {
  RESLAB_ASSERT(descriptor_ >= 0, path_, " is written to after commit");
  constexpr std::size_t most_waiting = std::size_t{1} << 16;
  if (waiting_.size() + text.size() > most_waiting) hand_over(std::exchange(waiting_, {}));
  if (text.size() > most_waiting) return hand_over(text);
  waiting_ += text;
}

void DurableFile::hand_over(std::string_view bytes) {
  if (const int error = write_all(descriptor_, bytes.data(), bytes.size()); error != 0) fail("write", error);
}

void DurableFile::commit() {
  RESLAB_ASSERT(descriptor_ >= 0, path_, " is committed twice");
  hand_over(std::exchange(waiting_, {}));
  FileCalls& calls = file_calls();
  if (calls.fsync(descriptor_) != 0) fail("write", errno);
  const int closed = calls.close(std::exchange(descriptor_, -1)) == 0 ? 0 : errno;
  const int renamed = closed != 0 ? closed : calls.rename(temporary_.c_str(), path_.c_str()) == 0 ? 0 : errno;
  if (renamed != 0) {
    calls.unlink(temporary_.c_str());
    file_error("write", path_, renamed);
  }
  if (const int error = flush_folder(path_.parent_path()); error != 0) file_error("write", path_, error);
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  DurableFile file(path);
  file.write(text);
  file.commit();
}

void copy_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  // A pipe would hold the program up.
  if (std::error_code error; std::filesystem::exists(from, error) && !std::filesystem::is_regular_file(from, error))
    refuse_no_file("read " + from.string());
  std::ifstream source(from, std::ios::binary);
  if (!source) file_error("read", from, errno);
  DurableFile file(to);
  std::vector<char> buffer(std::size_t{1} << 20);
  while (source.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || source.gcount() > 0)
    file.write(std::string_view(buffer.data(), static_cast<std::size_t>(source.gcount())));
  if (source.bad()) file_error("read", from, EIO);
  file.commit();
}

AppendFile::AppendFile(std::filesystem::path path, Special special) : path_(std::move(path)) {
  const auto open = [](const char* name, int flags, mode_t mode) { return file_calls().open(name, flags, mode); };
  if (special == Special::refuse) {
    descriptor_ = open_own(open, path_, O_WRONLY | O_APPEND, "open");
    return;
  }
  descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) file_error("open", path_, errno);
}

AppendFile::~AppendFile() { file_calls().close(descriptor_); }

void AppendFile::append(std::string_view text) {
  if (const int error = write_all(descriptor_, text.data(), text.size()); error != 0) file_error("write", path_, error);
}

std::uint64_t AppendFile::sync() {
  struct stat status {};
  if (file_calls().fsync(descriptor_) != 0 || ::fstat(descriptor_, &status) != 0) file_error("write", path_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

void cut_torn_line(const std::filesystem::path& path) {
  check_own_file(path);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return;
  const std::string text = read_text(path, std::size_t{1} << 30);
  const std::size_t whole = text.rfind('\n') + 1;  // 0 where there is none
  if (whole == text.size()) return;
  cut_file(path, whole);
}

void cut_file(const std::filesystem::path& path, std::uint64_t bytes) {
  check_own_file(path);
  if (file_calls().truncate(path.c_str(), static_cast<off_t>(bytes)) != 0) file_error("write", path, errno);
}

void check_own_file(const std::filesystem::path& path) { check_kind(path, S_IFREG); }

void check_own_folder(const std::filesystem::path& path) { check_kind(path, S_IFDIR); }

FileLock::FileLock(const std::filesystem::path& path, void (*waiting)())
    : descriptor_(open_own(::open, path, O_RDWR, "lock")) {
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
  const int descriptor = open_own(::open, path, O_RDWR, "lock");
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

void refuse_read(const std::string& attempted, int error_number) {
  ErrorParts parts{.attempted = attempted, .found = system_message(error_number)};
  switch (error_number) {
    case EIO:
    case EUCLEAN:
    case EBADMSG:
    case EISDIR: throw DamagedFile(parts);
    case ENOENT: parts.remedy = "check the path"; throw DamagedFile(parts);
    case EMFILE:
    case ENFILE: parts.remedy = "close other files or programs, or raise the limit (`ulimit -n`)"; break;
    default: parts.remedy = "make it readable";
  }
  throw UserError(parts);
}

std::vector<std::byte> read_bytes(const std::filesystem::path& path, std::size_t limit) {
  const auto refuse = [&](int error_number) { refuse_read("read " + path.string(), error_number); };
  // `<(command)` of a shell, or /dev/stdin: a pipe that the user gave, with a writer at its other end.
  const bool given_pipe = path.string().starts_with("/dev/");
  const int descriptor = ::open(path.c_str(), O_RDONLY | (given_pipe ? 0 : O_NONBLOCK) | O_CLOEXEC);
  if (descriptor < 0) refuse(errno);
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{descriptor};
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) refuse(errno);
  if (S_ISDIR(status.st_mode)) refuse(EISDIR);
  if (S_ISFIFO(status.st_mode) && !given_pipe) refuse_no_file("read " + path.string());
  const auto check = [&](std::size_t size) {
    if (size > limit)
      throw DamagedFile({.attempted = "read " + path.string(),
                         .found = concatenate("at least ", size, " bytes"),
                         .allowed = concatenate("at most ", limit, " bytes")});
  };
  check(static_cast<std::size_t>(status.st_size));
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size) + 1);
  std::size_t filled = 0;
  // A device has no size and a file may grow, so the loop ends where the data does: one byte of room is always left.
  for (;;) {
    check(filled);
    if (filled == bytes.size()) bytes.resize(filled + (std::size_t{1} << 16));
    const ssize_t count = ::read(descriptor, bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) refuse(errno);
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
  if (path.empty() || std::filesystem::is_directory(path, error)) return;
  // "runs/x/" has no last part of its own.
  const std::filesystem::path folder = path.has_filename() ? path : path.parent_path();
  make_directories(folder.parent_path());
  if (!make_directory(folder) && !std::filesystem::is_directory(folder, error))
    file_error("make the folder", folder, ENOTDIR);
}

bool make_directory(const std::filesystem::path& path) {
  if (file_calls().mkdir(path.c_str(), 0777) != 0) {
    if (errno == EEXIST) return false;
    file_error("make the folder", path, errno);
  }
  // What lies in a folder is only as safe as its own name.
  if (const int error = flush_folder(path.parent_path()); error != 0) {
    ::rmdir(path.c_str());
    file_error("make the folder", path, error);
  }
  return true;
}

bool remove_file(const std::filesystem::path& path) { return file_calls().unlink(path.c_str()) == 0; }

bool is_unfinished(const std::filesystem::path& path) {
  // NAME.PROCESS.COUNT.part
  if (path.extension() != unfinished_suffix) return false;
  const auto is_number = [](const std::string& extension) {
    return extension.size() > 1 && extension.find_first_not_of("0123456789", 1) == std::string::npos;
  };
  const std::filesystem::path count = path.stem(), process = count.stem();
  return is_number(count.extension().string()) && is_number(process.extension().string());
}

namespace {

// By another process than this one, as far as its number tells.
bool is_being_written(const std::filesystem::path& unfinished) {
  const pid_t process = static_cast<pid_t>(std::strtol(unfinished.stem().stem().extension().c_str() + 1, nullptr, 10));
  return process != ::getpid() && process > 0 && (::kill(process, 0) == 0 || errno == EPERM);
}

}  // namespace

void remove_unfinished(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> left;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.is_regular_file(error) && is_unfinished(entry.path()) && !is_being_written(entry.path()))
      left.push_back(entry.path());
  for (const std::filesystem::path& path : left) remove_file(path);
}

}  // namespace reslab::core
