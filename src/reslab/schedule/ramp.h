// A learning rate that rises from the first step to the last, the momentum unchanged: what a range test walks along.
//
//   exponential   lr(s) = first · (last / first)^(s / (steps − 1))
//   linear        lr(s) = first + (last − first) · s / (steps − 1)
#pragma once

#include <cmath>

#include "reslab/core/error.h"
#include "reslab/schedule/schedule.h"

namespace reslab::schedule {

enum class RampCurve { exponential, linear };

struct RampOptions {
  std::int64_t total_steps = 100;        ///< optimiser steps, ≥ 2
  double first_lr = 1e-5, last_lr = 10;  ///< 0 < first_lr < last_lr
  RampCurve curve = RampCurve::exponential;
  double momentum = 0.9;  ///< in [0, 1)
};

class Ramp final : public Schedule {
 public:
  explicit Ramp(const RampOptions& options) : options_(options) {
    RESLAB_ASSERT(options.total_steps >= 2, "total_steps is ", options.total_steps);
    RESLAB_ASSERT(options.first_lr > 0 && options.last_lr > options.first_lr, options.first_lr, " … ", options.last_lr);
  }

  std::int64_t total_steps() const override { return options_.total_steps; }

  Setting at(std::int64_t step) const override {
    RESLAB_ASSERT(step >= 0 && step < options_.total_steps, "step ", step, " of ", options_.total_steps);
    const double share = static_cast<double>(step) / static_cast<double>(options_.total_steps - 1);
    const double first = options_.first_lr, last = options_.last_lr;
    const double lr =
        options_.curve == RampCurve::linear ? first + (last - first) * share : first * std::pow(last / first, share);
    return {.lr = lr, .momentum = options_.momentum};
  }

 private:
  RampOptions options_;
};

}  // namespace reslab::schedule
