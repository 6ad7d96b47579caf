#include "reslab/train/stop.h"

#include <atomic>

#include "reslab/core/error.h"

namespace reslab::train {
namespace {

// A handler has no argument of its own, so these can't be members.
std::atomic<int> first_signal{0};
std::atomic<bool> installed{false};
static_assert(std::atomic<int>::is_always_lock_free, "the handler may only touch lock-free objects");

extern "C" void note_signal(int signal) {
  int none = 0;
  if (first_signal.compare_exchange_strong(none, signal)) return;
  ::signal(signal, SIG_DFL);
  ::raise(signal);  // takes effect when this handler returns
}

}  // namespace

StopSignals::StopSignals() {
  RESLAB_ASSERT(!installed.exchange(true), "signal handlers are installed twice");
  first_signal = 0;
  struct sigaction action {};
  action.sa_handler = &note_signal;
  action.sa_flags = SA_RESTART;  // a file being written doesn't have to know
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, &old_interrupt_);
  ::sigaction(SIGTERM, &action, &old_terminate_);
}

StopSignals::~StopSignals() {
  ::sigaction(SIGINT, &old_interrupt_, nullptr);
  ::sigaction(SIGTERM, &old_terminate_, nullptr);
  installed = false;
}

std::optional<End> StopSignals::requested() const {
  switch (first_signal.load()) {
    case 0: return std::nullopt;
    case SIGINT: return End::interrupted;
    default: return End::terminated;
  }
}

}  // namespace reslab::train
