// Asks a run to end in good order: SIGINT and SIGTERM set a flag that the loop looks at between batches.
//
//   const train::StopSignals signals;
//   while (… && !signals.requested()) …
//   if (signals.requested()) end = *signals.requested();   // End::interrupted or End::terminated
//
// The first signal decides. A second one of either kind ends the process at once, as if nothing had been installed:
// whoever sends two doesn't want to wait. Safe, since files are whole or not there (core/file.h).
#pragma once

#include <signal.h>

#include <optional>

#include "reslab/train/events.h"

namespace reslab::train {

/// Installs the handlers while it lives, and puts back what was there. At most one at a time in a process.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// How the run is to end, once a signal has come. Any thread may ask.
  std::optional<End> requested() const;

 private:
  struct sigaction old_interrupt_ {};
  struct sigaction old_terminate_ {};
};

}  // namespace reslab::train
