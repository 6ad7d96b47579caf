#include "reslab/schedule/one_cycle.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reslab/core/error.h"

namespace reslab::schedule {
namespace {

// The order of operations is PyTorch's, so that the last bits agree too.
double anneal(Anneal curve, double start, double end, double share) {
  if (curve == Anneal::linear) return (end - start) * share + start;
  return end + (start - end) / 2.0 * (std::cos(std::numbers::pi * share) + 1);
}

bool is_momentum(double value) { return value >= 0 && value < 1; }

}  // namespace

OneCycle::OneCycle(const OneCycleOptions& options)
    : options_(options), peak_(options.pct_start * static_cast<double>(options.total_steps) - 1) {
  RESLAB_ASSERT(options.total_steps >= 1, "total_steps is ", options.total_steps);
  RESLAB_ASSERT(options.max_lr > 0, "max_lr is ", options.max_lr);
  RESLAB_ASSERT(options.pct_start >= 0 && options.pct_start <= 1, "pct_start is ", options.pct_start);
  RESLAB_ASSERT(options.div_factor > 0 && options.final_div_factor > 0, "div_factor is ", options.div_factor,
                ", final_div_factor ", options.final_div_factor);
  RESLAB_ASSERT(is_momentum(options.momentum) && is_momentum(options.base_momentum) &&
                is_momentum(options.max_momentum));
  RESLAB_ASSERT(options.base_momentum <= options.max_momentum);
}

Setting OneCycle::at(std::int64_t step) const {
  RESLAB_ASSERT(step >= 0 && step < options_.total_steps, "step ", step, " of ", options_.total_steps);
  const double first_lr = options_.max_lr / options_.div_factor;
  const double last_lr = first_lr / options_.final_div_factor;
  const auto now = static_cast<double>(step);
  const bool rising = now <= peak_;
  const double begin = rising ? 0 : peak_;
  const double end = rising ? peak_ : static_cast<double>(options_.total_steps - 1);
  // A phase of no length (PyTorch divides by zero there) is at its end.
  const double share = end > begin ? (now - begin) / (end - begin) : 1;

  Setting setting{.lr = 0, .momentum = options_.momentum};
  setting.lr = rising ? anneal(options_.anneal, first_lr, options_.max_lr, share)
                      : anneal(options_.anneal, options_.max_lr, last_lr, share);
  // Along a line to a last lr many orders below max_lr, rounding may end below 0.
  setting.lr = std::max(setting.lr, 0.0);
  if (options_.cycle_momentum)
    setting.momentum = rising ? anneal(options_.anneal, options_.max_momentum, options_.base_momentum, share)
                              : anneal(options_.anneal, options_.base_momentum, options_.max_momentum, share);
  return setting;
}

}  // namespace reslab::schedule
