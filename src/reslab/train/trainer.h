// A training: takes a recipe and a data set, trains the recipe's network, and tells observers of every batch and epoch.
// It writes no file and knows no observer by name.
//
//   train::Trainer trainer(recipe, splits, {.compute = train::resolve_compute({})});
//   trainer.run({&progress, &metrics}, [] { return std::nullopt; });
//
// On a processor the trained weights are a pure function of recipe, data, precision and number of threads: the position
// of a training is an epoch and a step, and all random numbers are keyed by them. On a GPU, libraries choose algorithms
// by trying them, and sums may be made in any order, so weights differ between runs by rounding.
//
// This class puts the pieces together, each of which can be read alone: the data (train/training_data.h), the network
// (train/initial_network.h), one step (train/training_step.h), evaluation (train/epoch_evaluation.h), the decisions
// (train/decisions.h), the position (train/training_progress.h) and the loop (train/training_loop.h).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reslab/data/loader.h"
#include "reslab/models/network.h"
#include "reslab/recipe/recipe.h"
#include "reslab/train/compute.h"
#include "reslab/train/decisions.h"
#include "reslab/train/epoch_evaluation.h"
#include "reslab/train/evaluate.h"
#include "reslab/train/events.h"
#include "reslab/train/initial_network.h"
#include "reslab/train/training_data.h"
#include "reslab/train/training_progress.h"
#include "reslab/train/training_state.h"
#include "reslab/train/training_step.h"
#include "reslab/train/weight_update.h"

namespace reslab::train {

struct TrainerOptions {
  Compute compute;
  double max_seconds = 0;     ///< the run ends after the batch in which this time is over; 0: no limit
  bool repeat_batch = false;  ///< trains on the first batch again and again, made once: for benchmarks
  /// Batches whose losses may be unread while the next is given to the device, so that a GPU never waits for the loop.
  /// 0: each loss is read before the next batch. Negative: 0 on a processor, 8 on a GPU. The weights don't depend on
  /// it.
  std::int64_t unread_batches = -1;
  /// Makes steps in the form that a CUDA graph needs on a processor too, as far as the recipe allows: for tests. The
  /// weights differ by rounding.
  bool device_steps = false;
};

/// Not thread-safe: one thread at a time may call it. While run() goes on, observers may call every function but run()
/// and those that change the training.
class Trainer {
 public:
  /// Makes and initialises the network. Shares the images of `splits`; a hold-out is split off as the recipe
  /// says. Throws UserError where recipe and data don't fit together.
  Trainer(const recipe::Recipe& recipe, const data::Splits& splits, const TrainerOptions& options);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Trains from the present position to the last epoch. `stop` may be empty; where it returns an End, the run ends
  /// after the step at hand, and a run from state() goes on as if this one had never stopped. An evaluation at hand is
  /// given up and repeated then. Throws UserError where the training diverges.
  TrainingDone run(const std::vector<Observer*>& observers, const StopRequest& stop);

  models::Network& network() { return *initial_.network; }
  const data::EvalTransform& transform() const { return split_.train.transform; }

  /// Everything that a checkpoint holds. Waits for the unread batches. Requires for a state that can be gone on from:
  /// is_between_steps().
  TrainerState state();

  /// Waits for the unread batches. Returns false where run() has yet to tell observers of some of them, which it does
  /// before it goes on.
  bool settle();

  std::int64_t epoch() const { return progress_.epoch(); }  ///< epochs finished

  /// Why the processor makes the batches although the network lies on a GPU; empty where it doesn't.
  const std::string& why_batches_wait() const { return split_.why_batches_wait; }

  /// Whether steps are made in the form that a CUDA graph needs.
  bool makes_device_steps() const { return step_.makes_device_steps(); }

  /// Throws UserError where a weight or a momentum isn't finite: see train/divergence.h.
  void check_finite();

  /// Whether no gradients wait for a step. Between the batches that make one step together state() isn't whole.
  bool is_between_steps() const { return decisions_.is_between_steps(progress_.batches()); }

  /// Goes on after `epoch` finished epochs and `progress` of the next. Requires: the caller has copied the tensors of
  /// that position into those of state().
  void set_position(std::int64_t epoch, const EpochProgress& progress = {});

  /// Whether nothing is left to train: all epochs are done, or the recipe's patience is over.
  bool is_complete() const { return decisions_.is_complete(progress_.epoch()); }

  std::int64_t batches_per_epoch() const;
  std::int64_t steps_per_epoch() const;  ///< optimiser steps: fewer than batches where gradients are accumulated
  std::int64_t total_steps() const { return recipe_.epochs * steps_per_epoch(); }
  std::int64_t train_samples() const { return split_.train.size(); }

  // The pieces of a run, for those who train outside its schedule (train/range_test.h).

  /// The batches that run() trains on, from `first_batch` of `first_epoch` to the end of epoch `epochs` − 1.
  data::Loader batches(std::int64_t first_epoch, std::int64_t epochs, std::int64_t first_batch = 0) const;

  /// Forward and backward: adds 1 / `batches` of the batch's gradients, unless the loss isn't finite. Waits for the
  /// device.
  BatchValues add_gradients(const data::Batch& batch, std::int64_t batches);

  /// Makes one optimiser step outside the schedule: see WeightUpdate::make_at.
  void update(const schedule::Setting& setting) { update_.make_at(setting); }

  /// Forgets the gradients so far.
  void forget_gradients() { update_.forget_gradients(); }

 private:
  // In the order in which one is made from those before it.
  recipe::Recipe recipe_;
  TrainerOptions options_;
  TrainingData split_;
  InitialNetwork initial_;
  WeightUpdate update_;
  TrainingStep step_;
  EpochEvaluation evaluation_;
  Decisions decisions_;
  TrainingProgress progress_;
};

}  // namespace reslab::train
