#include "reslab/core/process_start.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace reslab::core {
namespace {

void open_standard_descriptors() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is given, which is this one. Without a /dev/null, what can't be written to will do.
    if (::open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY) < 0)
      static_cast<void>(::open("/", O_RDONLY));
  }
}

extern "C" void let_the_write_fail(int) {}

// A handler, and not SIG_IGN, which programs that are started would inherit.
void fail_instead_of(int signal) {
  struct sigaction action {};
  if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) return;
  action = {};
  action.sa_handler = &let_the_write_fail;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void prepare_process() {
  open_standard_descriptors();
  fail_instead_of(SIGPIPE);
  fail_instead_of(SIGXFSZ);
}

}  // namespace reslab::core
