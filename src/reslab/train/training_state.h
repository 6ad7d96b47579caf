// Everything that a training keeps between two steps: what a checkpoint holds.
#pragma once

#include <cstdint>
#include <vector>

#include "reslab/models/network.h"
#include "reslab/nn/state.h"
#include "reslab/optim/optimizer.h"
#include "reslab/train/decisions.h"
#include "reslab/train/training_progress.h"
#include "reslab/train/weight_update.h"

namespace reslab::train {

/// The tensors share memory with the training: whoever copies into them restores a state.
struct TrainerState {
  std::int64_t epoch = 0;  ///< epochs finished
  EpochProgress progress;  ///< of the next one
  nn::State network;       ///< the weights that are trained, also while their average stands in the network's place
  std::vector<optim::Momentum> momenta;
  /// "average.<name>" of the weights and "average.count", where the recipe averages; "patience", where it may stop
  /// early.
  std::vector<optim::Momentum> more;
};

/// Requires: no batch is unread.
TrainerState state_of(const TrainingProgress& progress, const models::Network& network, const WeightUpdate& update,
                      const Decisions& decisions);

}  // namespace reslab::train
