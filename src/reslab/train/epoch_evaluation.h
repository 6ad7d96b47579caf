// The evaluations within a training: after each epoch, on the hold-out where there is one, and on the test set.
#pragma once

#include "reslab/models/network.h"
#include "reslab/recipe/recipe.h"
#include "reslab/train/compute.h"
#include "reslab/train/decisions.h"
#include "reslab/train/evaluate.h"
#include "reslab/train/events.h"
#include "reslab/train/training_data.h"

namespace reslab::train {

/// Not thread-safe: the training thread alone calls it.
class EpochEvaluation {
 public:
  /// All must outlive this. The network lies on compute.device.
  EpochEvaluation(const recipe::Recipe& recipe, models::Network& network, const TrainingData& split,
                  const Compute& compute)
      : recipe_(recipe), network_(network), split_(split), compute_(compute) {}

  /// Evaluates the network after the training of epoch event.epoch, writes the results into `event`, and counts the
  /// hold-out's in `decisions`. Asks `stop` (which may be empty) after every batch. Returns false where it was asked to
  /// stop: `decisions` are then as before, and the evaluation must be repeated as a whole.
  bool evaluate_epoch(EpochDone& event, Decisions& decisions, const StopRequest& stop) const;

 private:
  Evaluation evaluate_on(const data::BatchSource& source, const ViewOptions& views, const StopRequest& stop) const;

  const recipe::Recipe& recipe_;
  models::Network& network_;
  const TrainingData& split_;
  const Compute& compute_;
};

}  // namespace reslab::train
