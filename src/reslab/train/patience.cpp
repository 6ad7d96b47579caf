#include "reslab/train/patience.h"

#include <ATen/ops/zeros.h>

#include <bit>
#include <limits>

#include "reslab/core/error.h"

namespace reslab::train {
namespace {

std::int64_t kept_score(double score, HoldoutMetric metric) {
  return metric == HoldoutMetric::accuracy ? static_cast<std::int64_t>(score) : std::bit_cast<std::int64_t>(score);
}

double score_kept(std::int64_t kept, HoldoutMetric metric) {
  return metric == HoldoutMetric::accuracy ? static_cast<double>(kept) : std::bit_cast<double>(kept);
}

}  // namespace

Patience::Patience(std::int64_t epochs, HoldoutMetric metric)
    : epochs_(epochs), metric_(metric), state_(at::zeros({2}, at::kLong)) {
  RESLAB_ASSERT(epochs >= 0, epochs);
  // Worse than any.
  const double none = metric == HoldoutMetric::accuracy ? -1 : -std::numeric_limits<double>::infinity();
  state_.mutable_data_ptr<std::int64_t>()[0] = kept_score(none, metric);
}

bool Patience::after_epoch(double score) {
  auto* state = state_.mutable_data_ptr<std::int64_t>();
  const bool better = score > score_kept(state[0], metric_);
  state[1] = better ? 0 : state[1] + 1;
  if (better) state[0] = kept_score(score, metric_);
  return is_over();
}

bool Patience::is_over() const { return epochs_ > 0 && state_.const_data_ptr<std::int64_t>()[1] >= epochs_; }

}  // namespace reslab::train
