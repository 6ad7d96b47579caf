// The same learning rate and momentum in every step.
#pragma once

#include "reslab/core/error.h"
#include "reslab/schedule/schedule.h"

namespace reslab::schedule {

class Constant final : public Schedule {
 public:
  /// `total_steps` in optimiser steps, ≥ 1.
  Constant(Setting setting, std::int64_t total_steps) : setting_(setting), total_steps_(total_steps) {
    RESLAB_ASSERT(total_steps >= 1, "total_steps is ", total_steps);
  }

  std::int64_t total_steps() const override { return total_steps_; }

  Setting at(std::int64_t step) const override {
    RESLAB_ASSERT(step >= 0 && step < total_steps_, "step ", step, " of ", total_steps_);
    return setting_;
  }

 private:
  Setting setting_;
  std::int64_t total_steps_;
};

}  // namespace reslab::schedule
