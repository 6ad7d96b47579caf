// What a schedule decides for each optimiser step: learning rate and momentum.
//
//   std::unique_ptr<schedule::Schedule> schedule = ...;
//   for (std::int64_t step = 0; step < schedule->total_steps(); ++step) {
//     const schedule::Setting setting = schedule->at(step);
//     ...
//   }
//
// A schedule is a pure function of the step: it holds no state, so a run that is resumed, plotted or only planned sees
// the same values. It knows no optimiser.
#pragma once

#include <cstdint>

namespace reslab::schedule {

/// What the optimiser uses in one step.
struct Setting {
  double lr = 0;        ///< learning rate, ≥ 0
  double momentum = 0;  ///< in [0, 1)
};

/// Thread safety: all functions are const and may be called from any thread.
class Schedule {
 public:
  virtual ~Schedule() = default;

  /// Optimiser steps that the schedule covers, ≥ 1.
  virtual std::int64_t total_steps() const = 0;

  /// The setting of a step in [0, total_steps); any other step is a defect of the caller.
  virtual Setting at(std::int64_t step) const = 0;
};

}  // namespace reslab::schedule
