// Asks a run to end in good order: a signal sets a flag that the loop looks at between batches.
//
//   const train::StopSignals signals;
//   while (… && !signals.requested()) …
//   if (signals.requested()) end = *signals.requested();   // End::interrupted or End::terminated
//
// The signals are SIGINT (Ctrl-C), SIGTERM, SIGHUP (its terminal is gone), SIGUSR1 and SIGUSR2 (as batch systems warn)
// and SIGXCPU (the soft limit on processor time). One that whoever started the process had set to be ignored (nohup, a
// script's background job) stays ignored.
//
// The first signal decides. A second one of any kind ends the process at once, as if nothing had been installed:
// whoever sends two doesn't want to wait. Safe, since files are whole or not there (core/file.h). But one event may
// send several: `timeout` signals the process and its group, systemd sends SIGHUP after SIGTERM, a closed terminal is
// told of by its shell and by the system. So what comes within a second of the first is taken as the same request,
// unless it is Ctrl-C; SIGXCPU, which the system repeats each second, always is.
#pragma once

#include <signal.h>

#include <array>
#include <optional>

#include "reslab/core/error.h"
#include "reslab/train/events.h"

namespace reslab::train {

/// Installs the handlers while it lives, and puts back what was there. At most one at a time in a process.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// How the run is to end, once a signal has come: interrupted by SIGINT, terminated by any other. Any thread may ask.
  std::optional<End> requested() const;

  /// With what the program is to end: 128 + the first signal's number, or ok when none has come.
  core::ExitCode exit_code() const;

  static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU};

 private:
  std::array<struct sigaction, signals.size()> old_{};
};

}  // namespace reslab::train
