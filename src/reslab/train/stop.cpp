#include "reslab/train/stop.h"

#include <atomic>
#include <cstdint>
#include <ctime>

namespace reslab::train {
namespace {

// The number of the first signal, and when it came (milliseconds of the steady clock, times 256); 0 for none. In one
// piece, since another thread's handler may read it at once. A handler has no argument of its own, so it can't be a
// member.
std::atomic<std::int64_t> first_signal{0};
std::atomic<bool> installed{false};
static_assert(std::atomic<std::int64_t>::is_always_lock_free, "the handler may only touch lock-free objects");

constexpr std::int64_t number_range = 256, burst = 1000;  // milliseconds

int number_of(std::int64_t noted) { return static_cast<int>(noted % number_range); }

std::int64_t milliseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

bool is_same_request(int signal, std::int64_t now, std::int64_t first) {
  return signal == SIGXCPU || (signal != SIGINT && now - first / number_range < burst);
}

extern "C" void note_signal(int signal) {
  const std::int64_t now = milliseconds();
  std::int64_t first = 0;
  if (first_signal.compare_exchange_strong(first, now * number_range + signal)) return;
  if (is_same_request(signal, now, first)) return;
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
  for (std::size_t i = 0; i < signals.size(); ++i) {
    ::sigaction(signals[i], nullptr, &old_[i]);
    if (old_[i].sa_handler != SIG_IGN) ::sigaction(signals[i], &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &old_[i], nullptr);
  installed = false;
}

std::optional<End> StopSignals::requested() const {
  switch (number_of(first_signal.load())) {
    case 0: return std::nullopt;
    case SIGINT: return End::interrupted;
    default: return End::terminated;
  }
}

core::ExitCode StopSignals::exit_code() const {
  const int number = number_of(first_signal.load());
  return number == 0 ? core::ExitCode::ok : static_cast<core::ExitCode>(128 + number);
}

}  // namespace reslab::train
