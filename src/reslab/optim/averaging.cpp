#include "reslab/optim/averaging.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_copy.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "reslab/core/error.h"

namespace reslab::optim {

WeightAverage::WeightAverage(const std::vector<std::pair<std::string, at::Tensor>>& weights,
                             const AverageOptions& options)
    : options_(options), count_(at::zeros({}, at::kFloat)) {
  RESLAB_ASSERT(options.every >= 1 && options.start >= 0, options.every, options.start);
  RESLAB_ASSERT(options.share > 0 && options.share <= 1 && options.decay >= 0 && options.decay < 1);
  for (const auto& [name, tensor] : weights) {
    if (!tensor.is_floating_point()) continue;
    names_.push_back(name);
    weights_.push_back(tensor.detach());
    averages_.push_back(tensor.detach().clone());
  }
}

void WeightAverage::after_step(std::int64_t step, bool last) {
  RESLAB_ASSERT(!exchanged_, "a step with the average in the network's place");
  const at::NoGradGuard no_grad;
  const bool due = (step + 1) % options_.every == 0;
  const double count = count_.item<float>();
  switch (options_.kind) {
    case AverageKind::lookahead:
      if (step + 1 == options_.start) at::_foreach_copy_(averages_, weights_);
      if (step < options_.start || ((step + 1 - options_.start) % options_.every != 0 && !last)) return;
      at::_foreach_lerp_(averages_, weights_, options_.share);
      at::_foreach_copy_(weights_, averages_);
      break;
    case AverageKind::ema:
      if (forget_before_start(step)) return;
      // The first time, the average isn't of anything yet.
      at::_foreach_lerp_(averages_, weights_,
                         count == 0 ? 1.0 : 1 - std::min(options_.decay, (1 + count) / (10 + count)));
      break;
    case AverageKind::swa:
      if (forget_before_start(step) || (!due && !last)) return;
      at::_foreach_lerp_(averages_, weights_, 1 / (count + 1));
      break;
  }
  count_.add_(1);
}

bool WeightAverage::forget_before_start(std::int64_t step) {
  if (step >= options_.start) return false;
  count_.zero_();
  return true;
}

bool WeightAverage::begun() const { return options_.kind != AverageKind::lookahead && count_.item<float>() > 0; }

void WeightAverage::exchange() {
  if (!begun()) return;
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const at::Tensor weight = weights_[i].clone();
    weights_[i].copy_(averages_[i]);
    averages_[i].copy_(weight);
  }
  exchanged_ = !exchanged_;
}

std::vector<Momentum> WeightAverage::state() const {
  const std::vector<at::Tensor>& averages = exchanged_ ? weights_ : averages_;
  std::vector<Momentum> all;
  for (std::size_t i = 0; i < names_.size(); ++i) all.push_back({names_[i], averages[i]});
  all.push_back({"count", count_});
  return all;
}

}  // namespace reslab::optim
