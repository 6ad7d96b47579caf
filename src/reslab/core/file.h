// Files that are either whole or not there.
//
//   core::DurableFile file("weights.safetensors");
//   file.write(header);
//   file.write(payload);
//   file.commit();        // without it, nothing is left behind
//
// A DurableFile writes to a temporary name in the destination's folder and then flushes it to the disk, renames it and
// flushes the folder, so that a crash or a power cut at any instant leaves the old file or the new one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reslab::core {

/// A file being written. Every failure (open, write, flush, close, rename) is a UserError that names path and cause.
class DurableFile {
 public:
  explicit DurableFile(std::filesystem::path path);
  ~DurableFile();  ///< discards what was not committed
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);

  /// Makes the file appear under its name, durably. At most once; nothing may be written afterwards.
  void commit();

  const std::filesystem::path& path() const { return path_; }

 private:
  [[noreturn]] void fail(const char* operation, int error_number);
  void discard() noexcept;
  void hand_over(std::string_view bytes);

  std::filesystem::path path_, temporary_;
  int descriptor_ = -1;
  std::string waiting_;  // small pieces, to be handed to the system together
};

/// DurableFile in one call.
void write_file(const std::filesystem::path& path, std::string_view text);

/// Copies a file durably, whatever its size. Throws UserError when it can't be read or the other not be written.
void copy_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// What happens where a name is a link, or a special file (a pipe, a socket, a device).
enum class Special {
  refuse,  ///< an error: for names in a folder that may come from elsewhere, such as a run's
  follow,  ///< what it leads to is used: for a path that the user gave
};

/// A file that grows line by line (metrics, logs). Each append is handed to the system at once.
class AppendFile {
 public:
  /// Opens the file, or makes it. Throws UserError when it can't, or `special` says so.
  explicit AppendFile(std::filesystem::path path, Special special = Special::refuse);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  void append(std::string_view text);

  /// Flushes all that was appended to the disk. Returns the size of the file in bytes.
  std::uint64_t sync();

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// Takes the last line of a text file away where it doesn't end in a newline: what a writer that was killed left
/// behind. A file that isn't there stays so. Throws as check_own_file does.
void cut_torn_line(const std::filesystem::path& path);

/// Cuts a file to so many bytes. Throws UserError when it can't, and as check_own_file does.
void cut_file(const std::filesystem::path& path, std::uint64_t bytes);

/// Throws UserError where something else than a file, or nothing, stands under that name: a link wherever it leads, a
/// folder, a pipe, a socket, a device.
void check_own_file(const std::filesystem::path& path);

/// Throws UserError where something else than a folder, or nothing, stands under that name, a link to one included.
void check_own_folder(const std::filesystem::path& path);

/// An exclusive lock that the system frees when the process ends, however it ends. The lock file stays.
class FileLock {
 public:
  /// Waits for the lock; calls `waiting` once if another process holds it. Throws UserError when `path` can't be made,
  /// and as check_own_file does.
  explicit FileLock(const std::filesystem::path& path, void (*waiting)() = nullptr);

  /// The lock, or null when another process holds it.
  static std::unique_ptr<FileLock> try_lock(const std::filesystem::path& path);

  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  struct Opened {
    int descriptor;
  };
  explicit FileLock(Opened opened) : descriptor_(opened.descriptor) {}

  int descriptor_ = -1;
};

/// Throws for a read that failed with `error_number` (errno): DamagedFile where the disk can't give the bytes (EIO,
/// EUCLEAN, EBADMSG) or no file is there (ENOENT, EISDIR), UserError where the system doesn't permit the read.
/// `attempted` is as in ErrorParts.
[[noreturn]] void refuse_read(const std::string& attempted, int error_number);

/// Whole file. Throws as refuse_read does, and DamagedFile when it has more than `limit` bytes, or is a pipe, which
/// nobody might ever write to, unless a shell gave it (/dev/fd/63, /dev/stdin).
std::vector<std::byte> read_bytes(const std::filesystem::path& path, std::size_t limit);
std::string read_text(const std::filesystem::path& path, std::size_t limit = std::size_t{64} << 20);

/// Throws UserError when a file of that name could not be written: its folder is missing, or not writable. For before a
/// long work; what happens meanwhile, the write itself finds.
void check_can_write(const std::filesystem::path& path);

/// Makes the folder and those above it, durably. Throws UserError when it can't.
void make_directories(const std::filesystem::path& path);

/// Makes one folder, durably. False when something of that name is there: of two processes only one makes it. Throws
/// UserError when it can't.
bool make_directory(const std::filesystem::path& path);

/// Whether there was a file to remove, and it could be.
bool remove_file(const std::filesystem::path& path);

/// Whether a name is a temporary one of DurableFile.
bool is_unfinished(const std::filesystem::path& path);

/// Removes from the folder, not from those below, what DurableFiles of killed processes left; those of this process,
/// too, which may write nothing there meanwhile.
void remove_unfinished(const std::filesystem::path& folder);

}  // namespace reslab::core
