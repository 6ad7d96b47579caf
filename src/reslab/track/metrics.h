// The numbers of a run as CSV: metrics.csv by batch, epochs.csv by epoch (docs/formats.md). Numbers are written in the
// fewest digits that read back to the same value. Epochs count from 1, as in the log; batches and steps from 0.
//
//   track::Metrics metrics({.steps = run.metrics(), .epochs = run.epochs()});   // an observer
//   for (const track::EpochRow& row : track::read_epochs(run.epochs())) …
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "reslab/core/file.h"
#include "reslab/track/original_log.h"
#include "reslab/train/events.h"
#include "reslab/train/holdout_metric.h"
#include "reslab/train/manifest.h"

namespace reslab::track {

/// One line of metrics.csv.
struct StepRow {
  std::int64_t epoch = 0, batch = 0, step = 0;
  double loss = 0, lr = 0, momentum = 0;
  double batch_seconds = 0, waiting_seconds = 0;
  std::int64_t samples = 0;  ///< of this epoch so far, this batch included

  friend bool operator==(const StepRow&, const StepRow&) = default;
};

/// An evaluation of a split that need not be there.
struct HoldoutColumns {
  double loss = 0, accuracy = 0;
  std::int64_t correct = 0, samples = 0;
  std::optional<double> balanced_accuracy = {}, macro_f1 = {};  ///< none in runs of earlier versions

  friend bool operator==(const HoldoutColumns&, const HoldoutColumns&) = default;
};

/// One line of epochs.csv. Accuracies in [0, 1]; losses are means over samples except where the name says otherwise.
struct EpochRow {
  std::int64_t epoch = 0;
  double train_loss = 0, train_accuracy = 0, train_seconds = 0;
  double test_loss = 0, test_accuracy = 0;
  std::int64_t test_correct = 0, test_samples = 0, test_top5 = 0;
  double test_average_loss_as_printed = 0, test_seconds = 0;
  std::optional<HoldoutColumns> holdout;
  std::optional<double> test_balanced_accuracy = {}, test_macro_f1 = {};  ///< none in runs of earlier versions

  friend bool operator==(const EpochRow&, const EpochRow&) = default;
};

/// train::score of an epoch's hold-out.
double score(const HoldoutColumns& holdout, train::HoldoutMetric metric);

struct MetricsOptions {
  std::filesystem::path steps, epochs;           ///< metrics.csv and epochs.csv
  AverageLoss average_loss = AverageLoss::mean;  ///< what the test line prints
};

/// Writes both files. When the training starts, rows of the batches and epochs that are still to come are cut, as is a
/// torn last line: after any interruption and resume, no row stands twice. The epochs.csv of a run of an earlier
/// version, which has fewer columns, keeps them.
class Metrics final : public train::Observer {
 public:
  explicit Metrics(MetricsOptions options) : options_(std::move(options)) {}

  void on_training_started(const train::TrainingStarted& event) override;
  void on_batch_done(const train::BatchDone& event) override;
  void on_epoch_done(const train::EpochDone& event) override;

  /// Flushes both files to the disk and says how far they are. After the training has started.
  std::vector<train::LogMark> sync();

 private:
  MetricsOptions options_;
  bool measures_ = true;  // whether epochs.csv has the columns of balanced accuracy and macro F1
  std::unique_ptr<core::AppendFile> steps_, epochs_;
};

/// Read the files back. Throw UserError with file, line and what was found; a torn last line (without its end) is left
/// out.
std::vector<StepRow> read_metrics(const std::filesystem::path& path);
std::vector<EpochRow> read_epochs(const std::filesystem::path& path);

}  // namespace reslab::track
