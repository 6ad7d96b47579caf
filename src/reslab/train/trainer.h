// The training loop: a recipe and a data set in, events out. It writes no file and knows no observer by name.
//
//   train::Trainer trainer(recipe, parts, {.compute = train::resolve_compute({})});
//   trainer.run({&progress, &metrics}, [] { return std::nullopt; });
//
// On a processor a run is a pure function of recipe, data, precision and number of threads: its position is an epoch
// and a step, and everything random is keyed by them. On a GPU libraries choose algorithms by trying them, and sums may
// be made in any order.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "reslab/data/batch_maker.h"
#include "reslab/data/loader.h"
#include "reslab/models/network.h"
#include "reslab/nn/state.h"
#include "reslab/optim/optimizer.h"
#include "reslab/train/build.h"
#include "reslab/train/compute.h"
#include "reslab/train/device_steps.h"
#include "reslab/train/evaluate.h"
#include "reslab/train/events.h"
#include "reslab/train/patience.h"
#include "reslab/train/recipe.h"
#include "reslab/train/unread_losses.h"

namespace reslab::train {

struct TrainerOptions {
  Compute compute;
  double max_seconds = 0;     ///< end after the batch in which this time is over; 0 for no limit
  bool repeat_batch = false;  ///< train on the first batch again and again, made once: for benchmarks
  /// Batches that may be under way while their losses are still unread, so that a GPU never waits for the loop; 0: each
  /// batch's is read before the next. Negative: 0 on the processor, 8 on a GPU. Makes no difference to the weights.
  std::int64_t unread_batches = -1;
  /// Make steps in the form that a CUDA graph needs on the processor too, as far as the recipe allows: for tests. The
  /// same up to rounding.
  bool device_steps = false;
};

/// How far an epoch has come, and its sums so far.
struct EpochProgress {
  std::int64_t batches = 0;  ///< trained on; all of them: only its evaluation is missing
  std::int64_t samples = 0, correct = 0;
  double loss_sum = 0;  ///< over samples
  double seconds = 0;   ///< spent in it
};

/// Everything between two steps: what a checkpoint holds. Tensors share memory with the trainer.
struct TrainerState {
  std::int64_t epoch = 0;  ///< epochs finished
  EpochProgress progress;  ///< of the next one
  nn::State network;
  std::vector<optim::Momentum> momenta;
  /// "average.<name>" of the weights and "average.count", where the recipe averages; "patience", where it
  /// may stop early.
  std::vector<optim::Momentum> more;
};

/// Why a run should end before its last epoch, asked after every batch.
using StopRequest = std::function<std::optional<End>()>;

class Trainer {
 public:
  /// Makes and initialises the network. `parts` holds the data set; a hold-out is split off as the recipe says.
  Trainer(const Recipe& recipe, const data::Parts& parts, const TrainerOptions& options);
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Trains from where it is to the last epoch. When it is asked to stop, it does so after the step at hand, and its
  /// state() is one from which it goes on as if it had never stopped. An evaluation is given up, and made anew then.
  TrainingDone run(const std::vector<Observer*>& observers, const StopRequest& stop);

  models::Network& network() { return *network_; }
  const augment::Normalizer& normalizer() const { return train_.normalizer; }

  /// Waits for the batches under way.
  TrainerState state();

  /// Waits for the batches under way. False where observers are still to be told of some: that happens before run()
  /// goes on.
  bool settle();

  std::int64_t epoch() const { return epoch_; }  ///< epochs finished

  /// Why the processor makes the batches although the network is elsewhere; empty where it doesn't.
  const std::string& why_batches_wait() const { return why_batches_wait_; }

  /// Whether steps are made in the form that a CUDA graph needs.
  bool makes_device_steps() const { return device_steps_ != nullptr; }

  /// Throws UserError where the network or the optimiser holds what is no finite number, as a step can leave it whose
  /// loss was one: such a state must not be saved, since it would be gone on from.
  void check_finite();

  /// Whether no gradients wait for a step: then state() is whole. Between the batches that make one step together it
  /// isn't.
  bool is_between_steps() const;

  /// Goes on after `epoch` finished epochs and so much of the next; the caller has copied the tensors of state().
  void set_position(std::int64_t epoch, const EpochProgress& progress = {});

  /// Whether nothing is left to train: all epochs are done, or the recipe's patience is over.
  bool is_complete() const { return epoch_ == recipe_.epochs || patience_.is_over(); }

  std::int64_t batches_per_epoch() const;
  std::int64_t steps_per_epoch() const;  ///< optimiser steps: fewer than batches when gradients are accumulated
  std::int64_t total_steps() const { return recipe_.epochs * steps_per_epoch(); }
  std::int64_t train_samples() const { return train_.size(); }

  // What a run is made of, for those who train outside its schedule (train/range_test.h).

  /// The batches that run() trains on, of the epochs before `epochs`, from one of the first epoch's on.
  data::Loader batches(std::int64_t first_epoch, std::int64_t epochs, std::int64_t first_batch = 0) const;

  /// A batch's mean loss before a step, and how many of its samples the network has right.
  struct BatchLoss {
    double loss = 0;
    std::int64_t correct = 0;
  };

  /// Forward and backward: adds 1 / `together` of the batch's gradients, unless the loss is no finite number.
  BatchLoss add_gradients(const data::Batch& batch, std::int64_t together);

  /// One optimiser step from the gradients so far, clipped as the recipe says; then forgets them. setting.lr stands for
  /// optimizer.lr: parts of the network that have a rate of their own keep their ratio to it.
  void update(const schedule::Setting& setting);

  /// Forgets the gradients so far.
  void forget_gradients();

 private:
  class EpochRun;
  struct Passed;
  at::Tensor on_device(const at::Tensor& tensor) const;
  Passed forward(const at::Tensor& images, const at::Tensor& labels);
  void backward(const Passed& passed, std::int64_t together) const;
  void read_losses(std::int64_t leave);
  double epoch_seconds() const;
  void count(BatchDone& event, std::int64_t samples, std::int64_t correct);
  data::BatchOptions batch_options() const;
  Evaluation evaluate_on(const data::BatchSource& source, const ViewOptions& views, const StopRequest& stop);
  bool evaluate_epoch(EpochDone& event, const StopRequest& stop);
  at::Tensor loss_of(const at::Tensor& outputs, const at::Tensor& labels) const;
  void make_resident(const data::Parts& parts);
  void fit_network();
  void try_sizes() const;
  void freeze(std::int64_t step);
  std::vector<at::Tensor> trained_parameters() const;
  void update(std::int64_t step);
  void limit_gradients();

  Recipe recipe_;
  TrainerOptions options_;
  data::BatchSource train_, test_;
  std::string why_batches_wait_;
  std::optional<data::BatchSource> holdout_;
  std::shared_ptr<models::Network> network_;
  std::vector<TrainedPart> parts_;
  std::unique_ptr<schedule::Schedule> leading_schedule_;  // of the learning rate that events tell of
  std::vector<at::Tensor> frozen_late_;
  std::unique_ptr<DeviceSteps> device_steps_;      // null: steps aren't made so
  std::unique_ptr<optim::WeightAverage> average_;  // null: none
  Patience patience_;
  std::int64_t epoch_ = 0;  // finished
  EpochProgress progress_;  // of the next one, without what is unread
  UnreadLosses unread_;
  std::deque<BatchDone> untold_;  // read, but observers don't know of them yet
  std::chrono::steady_clock::time_point epoch_start_;
  double seconds_before_ = 0;  // spent in the epoch when it was begun or gone on with
  double last_read_ = 0;       // seconds of the epoch when the last loss was read
  double fit_seconds_ = 0;
};

}  // namespace reslab::train
