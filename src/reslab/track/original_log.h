// The three lines that the original prints for an epoch, written and read. One parser reads its log and ours.
//
//   Epoch 1:
//   Loss=1.9853 Batch_id=97 Accuracy=45.65: 100%|██████████| 98/98 [00:25<00:00,  3.80it/s]
//   Test set: Average loss: 0.0039, Accuracy: 4946/10000 (49.46%)
//
// The loss is the last batch's, written as Python writes a float; the accuracy is the epoch's in training, in percent.
// The bar, the times and the rate follow tqdm: ten cells with eighths, elapsed < remaining, batches a second or seconds
// a batch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reslab/train/events.h"

namespace reslab::track {

/// What "Average loss" means: the mean over the samples, or the original's sum of the batches' means ÷ samples.
enum class AverageLoss { mean, original };

/// From the recipe's `report.average_loss`, "mean" or "seed" (what the original was called once).
AverageLoss average_loss_named(std::string_view name);

double average_loss(const train::Evaluation& test, AverageLoss kind);

/// One epoch as the log tells it.
struct EpochRecord {
  std::int64_t epoch = 0;     ///< from 1
  double loss = 0;            ///< of the last batch
  std::int64_t batch_id = 0;  ///< of the last batch, from 0
  double accuracy_percent = 0;
  std::int64_t batches = 0;
  std::int64_t seconds = 0;  ///< in training, whole
  double rate = 0;           ///< batches a second; 0 when the log doesn't say
  double average_loss = 0;   ///< of the test set, as printed
  std::int64_t correct = 0, samples = 0;
};

/// Reads a log: lines it doesn't know are passed over, an epoch without a test line is left out, and of an epoch that
/// stands twice (a run that was resumed) the later one counts. Of a line redrawn with \r the last state counts.
std::vector<EpochRecord> parse_original_log(std::string_view text);

struct BarStyle {
  int cells = 10;           ///< ≥ 0; 0 leaves the bar out
  bool utf8 = true;         ///< blocks and eighths of blocks; without it, whole cells of '#'
  bool short_loss = false;  ///< four digits instead of all
  bool batch_id = true;
};

/// The state of an epoch's training.
struct BarState {
  double loss = 0;
  std::int64_t batch = 0;  ///< last one finished, from 0
  double accuracy = 0;     ///< in [0, 1]
  std::int64_t batches = 0;
  double seconds = 0;  ///< since the epoch's start
};

std::string epoch_line(std::int64_t epoch);  ///< `epoch` from 0; the line counts from 1
std::string progress_line(const BarState& state, const BarStyle& style = {});
std::string test_line(const train::Evaluation& test, AverageLoss kind);

/// "05:07", from an hour on "1:05:07". Negative counts as 0.
std::string clock_time(double seconds);

/// `value` in the fewest digits that read back to it, with a ".0" where it is whole: as Python writes a float.
std::string python_float(double value);

/// The number with that many digits after the point. What rounds to zero is written without a sign: "0.000".
std::string fixed(double value, int digits);

/// A share as "93.90 %".
std::string percent(double share);

}  // namespace reslab::track
