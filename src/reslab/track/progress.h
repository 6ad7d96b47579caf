// Shows a run as the original does, and keeps its log.
//
// On a terminal the epoch's line is live; elsewhere each of the three lines an epoch (track/original_log.h) is written
// once, when it is complete. Both end with a line on the result. train.log gets what a pipe would.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

#include "reslab/core/file.h"
#include "reslab/track/metrics.h"
#include "reslab/track/original_log.h"
#include "reslab/track/terminal.h"
#include "reslab/train/probe.h"

namespace reslab::track {

enum class Verbosity {
  quiet,    ///< the last line alone
  normal,   ///< the three lines an epoch, and the last
  verbose,  ///< a line of rates and times with each epoch besides
};

struct ProgressOptions {
  Verbosity verbosity = Verbosity::normal;
  AverageLoss average_loss = AverageLoss::mean;  ///< what the test line gives
  std::filesystem::path log = {};                ///< train.log, added to; empty for none
  std::vector<EpochRow> earlier = {};            ///< the epochs that a resumed run has behind it
  train::TimePlan plan = {};                     ///< by it the time left is told; empty: all epochs alike
  std::string part = {};                         ///< tested_part of the recipe; marks the last line
  int descriptor = 1;                            ///< standard output; stays the caller's
  bool utf8 = utf8_locale();
  /// Seconds from any start, for the rate of redrawing.
  std::function<double()> clock = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
};

class Progress final : public train::Observer {
 public:
  explicit Progress(ProgressOptions options);

  void on_training_started(const train::TrainingStarted& event) override;
  void on_batch_done(const train::BatchDone& event) override;
  void on_epoch_trained(const train::EpochDone& event) override;
  void on_epoch_done(const train::EpochDone& event) override;
  void on_training_done(const train::TrainingDone& event) override;

 private:
  struct Best {
    double accuracy = -1;
    std::int64_t epoch = 0;
  };

  void count_earlier(const EpochRow& row);
  std::string live_line(const train::BatchDone& event) const;
  double seconds_left(const train::BatchDone& event) const;
  train::EpochTime planned(std::int64_t epoch) const;
  std::string verbose_line(const train::EpochDone& event) const;
  std::string balanced_line() const;
  std::string last_line(const train::TrainingDone& event) const;
  void tell(const std::string& line);

  ProgressOptions options_;
  Terminal terminal_;
  std::unique_ptr<core::AppendFile> log_;
  train::TrainingStarted run_;
  train::BatchDone last_batch_;
  train::Evaluation last_test_, last_holdout_;
  Best best_test_, best_holdout_;
  std::int64_t batches_trained_ = 0, epochs_evaluated_ = 0;  // in this process, not before a resume
  double training_seconds_ = 0, evaluation_seconds_ = 0;     // likewise
  train::EpochTime planned_so_far_;                          // what the plan says of the same batches and evaluations
  double earlier_seconds_ = 0;                               // of the epochs before it
  double epoch_waiting_ = 0;                                 // seconds of this epoch
  double last_redraw_ = -1e9;
};

}  // namespace reslab::track
