// The files of weights that a run keeps: the last finished epoch's, and the one that is best on the hold-out, which is
// the only place where a best epoch is chosen.
#pragma once

#include <filesystem>

#include "reslab/train/events.h"
#include "reslab/train/trainer.h"
#include "reslab/train/weights_file.h"

namespace reslab::train {

/// Saves the network after every epoch, so that a run that ends in any way has the weights of a whole epoch.
class LastWeights final : public Observer {
 public:
  /// `trainer` must outlive this.
  LastWeights(std::filesystem::path path, Trainer& trainer, NetworkDescription description)
      : path_(std::move(path)), trainer_(trainer), description_(std::move(description)) {}

  void on_epoch_done(const EpochDone& event) override {
    description_.epochs = event.epoch + 1;
    save_network(path_, trainer_.network(), description_);
  }

 private:
  std::filesystem::path path_;
  Trainer& trainer_;
  NetworkDescription description_;
};

class BestWeights final : public Observer {
 public:
  /// `trainer` must outlive this. best_so_far: hold-out accuracy in [0, 1] of the epochs before a resume; below 0 for
  /// none.
  BestWeights(std::filesystem::path path, Trainer& trainer, NetworkDescription description, double best_so_far)
      : path_(std::move(path)), trainer_(trainer), description_(std::move(description)), best_(best_so_far) {}

  /// Saves when the hold-out accuracy is above all before it. Without a hold-out nothing is chosen.
  void on_epoch_done(const EpochDone& event) override {
    if (!event.has_holdout || event.holdout.accuracy() <= best_) return;
    best_ = event.holdout.accuracy();
    description_.epochs = event.epoch + 1;
    save_network(path_, trainer_.network(), description_);
  }

 private:
  std::filesystem::path path_;
  Trainer& trainer_;
  NetworkDescription description_;
  double best_;
};

}  // namespace reslab::train
