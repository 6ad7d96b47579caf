// The training loop: epochs and batches from where a training is to its end, and the events that observers are told of.
// It knows no observer by name: checkpoints, logs and displays are observers.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "reslab/core/stopwatch.h"
#include "reslab/data/loader.h"
#include "reslab/models/network.h"
#include "reslab/train/decisions.h"
#include "reslab/train/epoch_evaluation.h"
#include "reslab/train/events.h"
#include "reslab/train/training_progress.h"
#include "reslab/train/training_step.h"
#include "reslab/train/weight_update.h"

namespace reslab::train {

/// The numbers of a training's loop.
struct LoopSizes {
  std::int64_t epochs = 1;             ///< of the whole schedule, ≥ 1
  std::int64_t batches_per_epoch = 1;  ///< ≥ 1
  std::int64_t accumulate = 1;         ///< batches that make one optimiser step, ≥ 1
  std::int64_t train_samples = 1;      ///< of an epoch, before batches are limited
  std::int64_t unread_batches = 0;     ///< as in TrainerOptions, ≥ 0
};

/// The pieces that the loop puts together.
struct LoopPieces {
  /// The batches of training, from `first_batch` of `first_epoch` to the end of the schedule.
  std::function<data::Loader(std::int64_t first_epoch, std::int64_t first_batch)> load;
  models::Network& network;
  WeightUpdate& update;
  TrainingStep& step;
  const EpochEvaluation& evaluation;
  Decisions& decisions;
  TrainingProgress& progress;
  c10::Device device;  ///< where the network lies
};

/// One run. Not thread-safe: run() and all observers are called in the calling thread.
class TrainingLoop {
 public:
  /// All references must outlive this.
  TrainingLoop(const LoopSizes& sizes, const LoopPieces& pieces, const std::vector<Observer*>& observers,
               const StopRequest& stop)
      : sizes_(sizes), pieces_(pieces), observers_(observers), stop_(stop) {}

  /// Trains until the schedule ends or the decisions end the run. Observers may read the training's state whenever they
  /// are told of an event. What an observer throws ends the run.
  TrainingDone run();

 private:
  std::optional<End> train_epoch(data::Loader& loader);
  std::optional<End> finish_epoch();
  void train_batch(const data::Batch& batch, double waiting_seconds);
  void tell_started() const;
  TrainingDone tell_done(End end) const;
  void tell_batches();
  void settle();
  StopFacts stop_facts() const;
  EpochDone summary() const;

  template <typename Event>
  void tell(void (Observer::*method)(const Event&), const Event& event) const {
    for (Observer* observer : observers_) (observer->*method)(event);
  }

  LoopSizes sizes_;
  LoopPieces pieces_;
  const std::vector<Observer*>& observers_;
  const StopRequest& stop_;
  core::Stopwatch watch_;
};

}  // namespace reslab::train
