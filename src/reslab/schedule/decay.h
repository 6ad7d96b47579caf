// Warm-up along a line, then a fall of the learning rate to a share of its peak; the momentum stays.
//
//   schedule::Decay linear({.total_steps = 200, .lr = 0.24, .momentum = 0.6});              // lr · (1 − step / 200)
//   schedule::Decay cosine({.total_steps = 200, .warmup_steps = 10, .shape = schedule::Shape::cosine});
//
// With W = warmup_steps, E = end_step and f = final_factor, lr(step) / lr is
//
//   step < W:   warmup_factor + (1 − warmup_factor) · step / W
//   else, with p = min(1, (step − W) / (E − W)):
//     linear        1 − (1 − f) · p
//     cosine        f + (1 − f) · (1 + cos πp) / 2       (Loshchilov, Hutter 2016, arXiv 1608.03983, without restarts)
//     polynomial    f + (1 − f) · (1 − p)^power
//     steps         gamma^(number of milestones ≤ step)
//
// p is 0 at the first step after the warm-up and would be 1 at step E, which a schedule of E steps does not reach.
#pragma once

#include <vector>

#include "reslab/schedule/schedule.h"

namespace reslab::schedule {

enum class Shape { linear, cosine, polynomial, steps };

struct DecayOptions {
  std::int64_t total_steps = 1;  ///< optimiser steps, ≥ 1
  double lr = 0.1;               ///< the highest, ≥ 0
  double momentum = 0.9;         ///< in [0, 1)
  std::int64_t warmup_steps = 0;
  double warmup_factor = 0;   ///< of the first step's lr, in [0, 1]
  std::int64_t end_step = 0;  ///< where the fall ends, above warmup_steps; 0 for total_steps
  Shape shape = Shape::linear;
  double final_factor = 0;                    ///< in [0, 1]
  double power = 1;                           ///< of the polynomial, > 0
  std::vector<std::int64_t> milestones = {};  ///< steps, for Shape::steps
  double gamma = 0.1;                         ///< in [0, 1], likewise
};

class Decay final : public Schedule {
 public:
  explicit Decay(DecayOptions options);

  std::int64_t total_steps() const override { return options_.total_steps; }
  Setting at(std::int64_t step) const override;

 private:
  double factor(std::int64_t step) const;

  DecayOptions options_;
};

}  // namespace reslab::schedule
