// The decisions of a running training, in one place: whether to stop, to save, to end the epoch or to end early, and
// whether the training has diverged.
//
// A decision depends on the rules, on the position of the training and on the facts that the caller passes. Nothing
// here reads a clock, a signal or a tensor on a device. Processes that train one network together must decide alike:
// they can do so by combining their facts (any wish to stop, the longest time, any loss that isn't finite) before they
// ask. In one process the facts are its own.
//
//   train::Decisions decisions({.epochs = 24, .batches_per_epoch = 98, .patience = 3});
//   if (const auto end = decisions.stop_after_batch(batches, {.asked = signal, .seconds = watch.seconds()})) …
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>

#include "reslab/train/events.h"
#include "reslab/train/patience.h"

namespace reslab::train {

/// Asks the caller whether the run should end before its last epoch, and as what.
using StopRequest = std::function<std::optional<End>()>;

struct DecisionRules {
  std::int64_t epochs = 1;             ///< of the whole schedule, ≥ 1
  std::int64_t batches_per_epoch = 1;  ///< ≥ 1
  std::int64_t accumulate = 1;         ///< batches whose gradients make one optimiser step, ≥ 1
  std::int64_t patience = 0;           ///< epochs as in train/patience.h, ≥ 0; 0: the training never ends early
  HoldoutMetric metric = HoldoutMetric::accuracy;  ///< by which patience compares epochs
  double max_seconds = 0;                          ///< time limit of one run, ≥ 0; 0: no limit
};

/// The facts that can end a run before its last epoch.
struct StopFacts {
  std::optional<End> asked;  ///< the caller's answer to a StopRequest
  double seconds = 0;        ///< since the run began
};

/// The facts on which a save within an epoch depends.
struct SaveFacts {
  double seconds_since_save = 0;
  double interval = 0;  ///< seconds between two saves, ≥ 0
  bool between_steps = true;
};

/// Not thread-safe: the training thread alone calls it. All `batches` count from 0 to batches_per_epoch, all
/// `epochs_done` from 0 to epochs.
class Decisions {
 public:
  explicit Decisions(const DecisionRules& rules);
  Decisions(const Decisions&) = delete;
  Decisions& operator=(const Decisions&) = delete;

  /// Whether all batches of the epoch are trained on, so that only its evaluation is missing.
  bool is_epoch_trained(std::int64_t batches) const { return batches == rules_.batches_per_epoch; }

  /// Whether an optimiser step follows the last of `batches`, so that no gradients wait. The last batches of an epoch
  /// make a step of their own.
  bool is_between_steps(std::int64_t batches) const;

  /// Whether the run may stop here. It may not where gradients wait, nor between an epoch's last batch and its
  /// evaluation: after the evaluation stop_after_epoch decides.
  bool may_stop_after_batch(std::int64_t batches) const;

  /// How the run ends now; nothing where it goes on. The caller's wish takes precedence over the time limit.
  std::optional<End> stop_after_batch(std::int64_t batches, const StopFacts& facts) const;

  /// How the run ends after an epoch and its evaluation; nothing where another epoch follows. The last epoch takes
  /// precedence over patience, and patience over the facts.
  std::optional<End> stop_after_epoch(std::int64_t epochs_done, const StopFacts& facts) const;

  /// How a run ends whose evaluation was given up. The caller's second answer may differ from the one for which the
  /// evaluation was given up.
  static End stop_in_evaluation(const std::optional<End>& asked) { return asked.value_or(End::interrupted); }

  /// Whether a save within an epoch is due.
  static bool is_save_due(const SaveFacts& facts);

  /// Whether a training that has had this loss must not go on.
  static bool has_diverged(double loss);

  /// Whether the epochs that remain are left out because the hold-out got no better.
  bool is_stopped_early(std::int64_t epochs_done) const;

  /// Whether nothing is left to train.
  bool is_complete(std::int64_t epochs_done) const;

  /// Whether the evaluation that follows the training of epoch `epoch` (from 0) is the training's last. Call
  /// after_holdout of that epoch first.
  bool is_last_evaluation(std::int64_t epoch) const { return is_complete(epoch + 1); }

  /// Counts an epoch's score on the hold-out for patience.
  void after_holdout(const Evaluation& holdout);

  /// Takes the latest after_holdout back, since the rest of its evaluation was given up and will be repeated.
  void forget_holdout();

  /// Patience::state(), shared memory; undefined where the rules have no patience.
  at::Tensor patience_state() const;

 private:
  std::optional<End> stop(const StopFacts& facts) const;

  DecisionRules rules_;
  Patience patience_;
  at::Tensor before_holdout_;  // the patience's state before the latest after_holdout; undefined: nothing to take back
};

}  // namespace reslab::train
