#include "reslab/train/patience.h"

#include <ATen/ops/zeros.h>

#include "reslab/core/error.h"

namespace reslab::train {

Patience::Patience(std::int64_t epochs) : epochs_(epochs), state_(at::zeros({2}, at::kLong)) {
  RESLAB_ASSERT(epochs >= 0, epochs);
  state_.mutable_data_ptr<std::int64_t>()[0] = -1;  // worse than any
}

bool Patience::after_epoch(const Evaluation& holdout) {
  auto* state = state_.mutable_data_ptr<std::int64_t>();
  const bool better = holdout.correct > state[0];
  state[1] = better ? 0 : state[1] + 1;
  if (better) state[0] = holdout.correct;
  return is_over();
}

bool Patience::is_over() const { return epochs_ > 0 && state_.const_data_ptr<std::int64_t>()[1] >= epochs_; }

}  // namespace reslab::train
