// How far a training has come: finished epochs, the batches of the next epoch with their sums, and the events of
// batches that observers haven't been told of yet.
//
//   progress.begin_epoch();
//   progress.add(event, values);  // of each batch; its values may still be on their way from a GPU
//   progress.read(8);             // all but the latest 8 are counted
//   while (const auto event = progress.next_event()) tell(*event);
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <optional>

#include "reslab/core/stopwatch.h"
#include "reslab/train/batch_values.h"
#include "reslab/train/events.h"
#include "reslab/train/unread_losses.h"

namespace reslab::train {

/// How far an epoch has come, and its sums so far.
struct EpochProgress {
  std::int64_t batches = 0;  ///< trained on; after an epoch's last batch only its evaluation is missing
  std::int64_t samples = 0, correct = 0;
  double loss_sum = 0;  ///< over samples
  double seconds = 0;   ///< spent in it
};

/// Not thread-safe: the training thread alone calls it.
class TrainingProgress {
 public:
  /// seconds_before_training: what was done for the first epoch before its first step, ≥ 0; counts as time of that
  /// epoch.
  explicit TrainingProgress(double seconds_before_training) : seconds_before_training_(seconds_before_training) {}

  /// Epochs finished.
  std::int64_t epoch() const { return epoch_; }

  /// The next epoch, without the batches that are still unread.
  const EpochProgress& of_epoch() const { return of_epoch_; }

  /// Batches of the next epoch that are trained on, unread ones included.
  std::int64_t batches() const { return of_epoch_.batches + unread_.size(); }

  /// Unread batches.
  std::int64_t unread() const { return unread_.size(); }

  /// Moves to after `epoch` finished epochs and `of_epoch` of the next; forgets unread batches and events.
  void set(std::int64_t epoch, const EpochProgress& of_epoch);

  /// Starts the clock of the next epoch, at its start or within it.
  void begin_epoch();

  /// Ends the epoch. Requires: nothing is unread.
  void end_epoch();

  /// Adds a batch to be read later. `values` as for UnreadLosses::add.
  void add(const BatchDone& event, const at::Tensor& values);

  /// Adds a batch whose values are known. event.batch_seconds is the caller's.
  void add_read(BatchDone event, const BatchValues& values);

  /// Waits for the oldest unread batches and counts them, until `leave` are left. Throws UserError, and forgets the
  /// later ones, where a loss shows that the training has diverged.
  void read(std::int64_t leave);

  /// The oldest event that observers are to be told of, and removes it.
  std::optional<BatchDone> next_event();

  bool has_events() const { return !events_.empty(); }
  void forget_events() { events_.clear(); }

 private:
  double epoch_seconds() const;
  void count(BatchDone& event, const BatchValues& values);

  double seconds_before_training_;
  std::int64_t epoch_ = 0;
  EpochProgress of_epoch_;
  UnreadLosses unread_;
  std::deque<BatchDone> events_;  // of batches that are read
  core::Stopwatch epoch_clock_;
  double seconds_before_ = 0;  // of the epoch, when its clock was started
  double last_read_ = 0;       // seconds of the epoch when the latest loss was read
};

}  // namespace reslab::train
