#include "reslab/schedule/decay.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reslab/core/error.h"

namespace reslab::schedule {

Decay::Decay(DecayOptions options) : options_(std::move(options)) {
  if (options_.end_step == 0) options_.end_step = std::max(options_.total_steps, options_.warmup_steps + 1);
  RESLAB_ASSERT(options_.total_steps >= 1, "total_steps is ", options_.total_steps);
  RESLAB_ASSERT(options_.warmup_steps >= 0 && options_.end_step > options_.warmup_steps, "warm-up to step ",
                options_.warmup_steps, ", end at ", options_.end_step);
}

Setting Decay::at(std::int64_t step) const {
  RESLAB_ASSERT(step >= 0 && step < options_.total_steps, "step ", step, " of ", options_.total_steps);
  return {.lr = options_.lr * factor(step), .momentum = options_.momentum};
}

double Decay::factor(std::int64_t step) const {
  const DecayOptions& o = options_;
  const auto ratio = [](std::int64_t part, std::int64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  if (step < o.warmup_steps) return o.warmup_factor + (1 - o.warmup_factor) * ratio(step, o.warmup_steps);
  const double p = std::min(1.0, ratio(step - o.warmup_steps, o.end_step - o.warmup_steps));
  switch (o.shape) {
    case Shape::linear: return 1 - (1 - o.final_factor) * p;
    case Shape::cosine: return o.final_factor + (1 - o.final_factor) * (1 + std::cos(std::numbers::pi * p)) / 2;
    case Shape::polynomial: return o.final_factor + (1 - o.final_factor) * std::pow(1 - p, o.power);
    case Shape::steps: break;
  }
  const auto passed = std::ranges::count_if(o.milestones, [&](std::int64_t milestone) { return milestone <= step; });
  return std::pow(o.gamma, static_cast<double>(passed));
}

}  // namespace reslab::schedule
