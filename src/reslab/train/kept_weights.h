// The files of weights that a run keeps: the last finished epoch's, and the one that is best on the hold-out, which is
// the only place where a best epoch is chosen.
#pragma once

#include <filesystem>

#include "reslab/train/events.h"
#include "reslab/train/holdout_metric.h"
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
  /// `trainer` must outlive this. best_so_far: the best train::score of the epochs before a resume; −∞ for none.
  BestWeights(std::filesystem::path path, Trainer& trainer, NetworkDescription description, HoldoutMetric metric,
              double best_so_far)
      : path_(std::move(path)),
        trainer_(trainer),
        description_(std::move(description)),
        metric_(metric),
        best_(best_so_far) {}

  /// Saves when the score on the hold-out is above all before it. Without a hold-out nothing is chosen.
  void on_epoch_done(const EpochDone& event) override {
    if (!event.has_holdout) return;
    const double found = score(event.holdout, metric_);
    if (found <= best_) return;
    best_ = found;
    description_.epochs = event.epoch + 1;
    save_network(path_, trainer_.network(), description_);
  }

 private:
  std::filesystem::path path_;
  Trainer& trainer_;
  NetworkDescription description_;
  HoldoutMetric metric_;
  double best_;
};

}  // namespace reslab::train
