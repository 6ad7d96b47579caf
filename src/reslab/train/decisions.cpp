#include "reslab/train/decisions.h"

#include <cmath>

#include "reslab/core/error.h"

namespace reslab::train {

Decisions::Decisions(const DecisionRules& rules) : rules_(rules), patience_(rules.patience, rules.metric) {
  RESLAB_ASSERT(rules.epochs >= 1 && rules.batches_per_epoch >= 1 && rules.accumulate >= 1, rules.epochs,
                rules.batches_per_epoch, rules.accumulate);
}

bool Decisions::is_between_steps(std::int64_t batches) const {
  return batches % rules_.accumulate == 0 || is_epoch_trained(batches);
}

bool Decisions::may_stop_after_batch(std::int64_t batches) const {
  return !is_epoch_trained(batches) && is_between_steps(batches);
}

std::optional<End> Decisions::stop(const StopFacts& facts) const {
  if (facts.asked) return facts.asked;
  if (rules_.max_seconds > 0 && facts.seconds >= rules_.max_seconds) return End::out_of_time;
  return std::nullopt;
}

std::optional<End> Decisions::stop_after_batch(std::int64_t batches, const StopFacts& facts) const {
  return may_stop_after_batch(batches) ? stop(facts) : std::nullopt;
}

std::optional<End> Decisions::stop_after_epoch(std::int64_t epochs_done, const StopFacts& facts) const {
  if (epochs_done == rules_.epochs) return End::finished;
  if (is_stopped_early(epochs_done)) return End::stopped_early;
  return stop(facts);
}

bool Decisions::is_save_due(const SaveFacts& facts) {
  return facts.seconds_since_save >= facts.interval && facts.between_steps;
}

bool Decisions::has_diverged(double loss) { return !std::isfinite(loss); }

bool Decisions::is_stopped_early(std::int64_t epochs_done) const {
  return patience_.is_over() && epochs_done < rules_.epochs;
}

bool Decisions::is_complete(std::int64_t epochs_done) const {
  return epochs_done == rules_.epochs || patience_.is_over();
}

void Decisions::after_holdout(const Evaluation& holdout) {
  before_holdout_ = patience_.state().clone();
  patience_.after_epoch(holdout);
}

// The state's memory is shared, so its values are put back.
void Decisions::forget_holdout() {
  if (before_holdout_.defined()) at::Tensor(patience_.state()).copy_(before_holdout_);
  before_holdout_.reset();
}

at::Tensor Decisions::patience_state() const { return rules_.patience > 0 ? patience_.state() : at::Tensor(); }

}  // namespace reslab::train
