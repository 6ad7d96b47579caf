#include "reslab/core/file_calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace reslab::core {
namespace {

FileCalls*& in_force() {
  static FileCalls system;
  static FileCalls* calls = &system;
  return calls;
}

}  // namespace

int FileCalls::open(const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); }
ssize_t FileCalls::write(int descriptor, const void* bytes, std::size_t count) {
  return ::write(descriptor, bytes, count);
}
int FileCalls::fsync(int descriptor) { return ::fsync(descriptor); }
int FileCalls::close(int descriptor) { return ::close(descriptor); }
int FileCalls::rename(const char* from, const char* to) { return std::rename(from, to); }
int FileCalls::unlink(const char* path) { return ::unlink(path); }
int FileCalls::mkdir(const char* path, mode_t mode) { return ::mkdir(path, mode); }
int FileCalls::truncate(const char* path, off_t size) {
  const int descriptor = ::open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return -1;
  const int result = ::ftruncate(descriptor, size), error = errno;
  ::close(descriptor);
  errno = error;
  return result;
}

int FileCalls::futimens(int descriptor, const struct timespec* times) { return ::futimens(descriptor, times); }

FileCalls& file_calls() { return *in_force(); }

ReplacedFileCalls::ReplacedFileCalls(FileCalls& calls) : before_(std::exchange(in_force(), &calls)) {}

ReplacedFileCalls::~ReplacedFileCalls() { in_force() = before_; }

}  // namespace reslab::core
