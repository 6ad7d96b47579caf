// What a training loop tells those who watch it. The loop knows no observer by name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reslab/train/class_counts.h"

namespace reslab::train {

/// Before the first step.
struct TrainingStarted {
  std::int64_t epochs = 0;       ///< of the whole schedule
  std::int64_t first_epoch = 0;  ///< from 0; above 0 when resumed
  std::int64_t first_batch = 0;  ///< of that epoch, from 0; its end where only its evaluation is missing
  std::int64_t first_step = 0;   ///< optimiser steps finished
  std::int64_t batches_per_epoch = 0;
  std::int64_t train_samples = 0;
};

/// After each optimiser step's last batch and every batch between.
struct BatchDone {
  std::int64_t epoch = 0;    ///< from 0
  std::int64_t batch = 0;    ///< of the epoch, from 0
  std::int64_t batches = 0;  ///< of the epoch
  std::int64_t step = 0;     ///< optimiser steps finished before this batch's own
  double loss = 0;           ///< the batch's loss, mean over its samples, as minimised (with the L1 term)
  std::int64_t correct = 0;  ///< in this epoch so far
  std::int64_t seen = 0;     ///< samples of this epoch so far
  double lr = 0, momentum = 0;
  double epoch_seconds = 0;    ///< since the epoch's start
  double batch_seconds = 0;    ///< of this batch, waiting included
  double waiting_seconds = 0;  ///< of which for data
};

struct Evaluation {
  std::int64_t samples = 0, correct = 0, correct_top5 = 0;
  double mean_loss = 0;           ///< mean over the samples
  double sum_of_batch_means = 0;  ///< for the original's printed average
  double seconds = 0;
  std::string views = "one";             ///< of each sample: see train/evaluate.h
  std::vector<ClassCount> classes = {};  ///< by label; a sample whose scores aren't finite is taken for no class

  double accuracy() const { return samples == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(samples); }
};

/// After an epoch's training and the evaluations that follow it.
struct EpochDone {
  std::int64_t epoch = 0;  ///< from 0
  std::int64_t epochs = 0;
  double train_loss = 0;      ///< mean over the epoch's samples, as minimised
  double train_accuracy = 0;  ///< in [0, 1], during training, with augmentation
  double train_seconds = 0;
  Evaluation test;
  bool has_holdout = false;
  Evaluation holdout;
};

enum class End {
  finished,       ///< all epochs
  stopped_early,  ///< by the recipe, no better on its hold-out
  interrupted,
  terminated,
  out_of_time
};

/// Whether there is nothing more to train.
inline bool is_complete(End end) { return end == End::finished || end == End::stopped_early; }

struct TrainingDone {
  End end = End::finished;
  std::int64_t epochs_done = 0;
  double seconds = 0;
};

/// All calls come from the training thread, in order. What an observer throws ends the training.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_training_started(const TrainingStarted&) {}
  /// On a GPU the network may be some steps further by then: Trainer::settle().
  virtual void on_batch_done(const BatchDone&) {}
  virtual void on_epoch_trained(const EpochDone&) {}  ///< before the evaluation: its fields are empty
  virtual void on_epoch_done(const EpochDone&) {}
  virtual void on_training_done(const TrainingDone&) {}
};

}  // namespace reslab::train
