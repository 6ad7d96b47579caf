// One cycle: the learning rate rises from max_lr / div_factor to max_lr and then falls far below its start, while the
// momentum falls and rises again.
//
//   schedule::OneCycle schedule({.total_steps = 24 * 98, .max_lr = 0.0199, .pct_start = 5.0 / 24, .div_factor = 8});
//   schedule.at(0).lr;        // 0.0024875
//   schedule.at(0).momentum;  // 0.95
//
// With e = pct_start · total_steps − 1 (not rounded), step s is in the rising phase where s ≤ e, at the share s / e of
// it, and else in the falling phase, at the share (s − e) / (total_steps − 1 − e). Inside a phase the value goes from
// `start` to `end` along end + (start − end) · (1 + cos(π · share)) / 2 or along a line. Equal to PyTorch's OneCycleLR
// with two phases, value by value. A div_factor below 1 starts above max_lr, and "rising" is then a fall.
//
// Source: Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
// arXiv 1708.07120.
#pragma once

#include "reslab/schedule/schedule.h"

namespace reslab::schedule {

/// The curve of a phase.
enum class Anneal { cos, linear };

struct OneCycleOptions {
  std::int64_t total_steps = 1;  ///< optimiser steps, ≥ 1
  double max_lr = 0.1;           ///< > 0
  double pct_start = 0.3;        ///< share of the steps in the first phase, in [0, 1]
  Anneal anneal = Anneal::cos;
  double div_factor = 25;         ///< first lr = max_lr / div_factor; > 0
  double final_div_factor = 1e4;  ///< last lr = first lr / final_div_factor; > 0
  bool cycle_momentum = true;     ///< max_momentum → base_momentum → max_momentum
  double base_momentum = 0.85;    ///< in [0, 1), ≤ max_momentum
  double max_momentum = 0.95;     ///< in [0, 1)
  double momentum = 0.9;          ///< in [0, 1); in every step, where cycle_momentum is false
};

class OneCycle final : public Schedule {
 public:
  explicit OneCycle(const OneCycleOptions& options);

  std::int64_t total_steps() const override { return options_.total_steps; }
  Setting at(std::int64_t step) const override;

  const OneCycleOptions& options() const { return options_; }

  /// The step, as a real number, where the first phase ends and lr = max_lr: in [−1, total_steps − 1].
  double peak() const { return peak_; }

 private:
  OneCycleOptions options_;
  double peak_;
};

}  // namespace reslab::schedule
