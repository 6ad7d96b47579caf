// The system calls by which reslab changes files, in one place: a test can make any of them fail, or lose what was not
// flushed when the power is cut.
//
//   core::file_calls().rename(from, to);
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstddef>

namespace reslab::core {

/// Each is the call of its name (POSIX.1-2017), with its result and errno; truncate doesn't follow a link (ELOOP). Any
/// thread may call.
class FileCalls {
 public:
  virtual ~FileCalls() = default;

  virtual int open(const char* path, int flags, mode_t mode);
  virtual ssize_t write(int descriptor, const void* bytes, std::size_t count);
  virtual int fsync(int descriptor);
  virtual int close(int descriptor);
  virtual int rename(const char* from, const char* to);
  virtual int unlink(const char* path);
  virtual int mkdir(const char* path, mode_t mode);
  virtual int truncate(const char* path, off_t size);
  virtual int futimens(int descriptor, const struct timespec* times);
};

/// Those in force: the system's, unless they are replaced.
FileCalls& file_calls();

/// Puts `calls` in the place of the system's while it lives. For tests; no other thread may use files meanwhile.
class ReplacedFileCalls {
 public:
  explicit ReplacedFileCalls(FileCalls& calls);
  ~ReplacedFileCalls();
  ReplacedFileCalls(const ReplacedFileCalls&) = delete;
  ReplacedFileCalls& operator=(const ReplacedFileCalls&) = delete;

 private:
  FileCalls* before_;
};

}  // namespace reslab::core
