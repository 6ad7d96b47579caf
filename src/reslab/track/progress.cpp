#include "reslab/track/progress.h"

#include "reslab/core/error.h"
#include "reslab/core/quantity.h"

namespace reslab::track {
namespace {

constexpr double redraw_interval = 0.1;  // seconds: nobody sees more, and slow terminals would hold the training up
constexpr double waiting_worth_saying = 0.05;      // share of the time
constexpr int smallest_bar = 3, largest_bar = 10;  // cells

BarState bar_state(const train::BatchDone& event) {
  const double accuracy = event.seen == 0 ? 0 : static_cast<double>(event.correct) / static_cast<double>(event.seen);
  return {.loss = event.loss,
          .batch = event.batch,
          .accuracy = accuracy,
          .batches = event.batches,
          .seconds = event.epoch_seconds};
}

// The most telling form that fits: first digits of the loss go, then Batch_id, then cells of the bar, then `suffix`.
std::string fitted(const BarState& state, const std::string& suffix, bool utf8, int columns) {
  const auto fits = [&](const std::string& text) { return columns_of(text) <= columns; };
  std::string text = progress_line(state, {.utf8 = utf8}) + suffix;
  if (fits(text)) return text;
  for (const bool batch_id : {true, false}) {
    BarStyle style{.cells = 0, .utf8 = utf8, .short_loss = true, .batch_id = batch_id};
    text = progress_line(state, style) + suffix;
    const int room = columns - columns_of(text) - 2;  // the bar stands between two lines
    style.cells = std::min(room, largest_bar);
    if (style.cells >= smallest_bar) return progress_line(state, style) + suffix;
  }
  if (fits(text)) return text;
  return cut(progress_line(state, {.cells = 0, .utf8 = utf8, .short_loss = true, .batch_id = false}), columns);
}

std::string percent(double share, int digits) { return fixed(100 * share, digits) + " %"; }

}  // namespace

Progress::Progress(ProgressOptions options) : options_(std::move(options)), terminal_(options_.descriptor) {
  for (const EpochRow& row : options_.earlier) count_earlier(row);
  if (options_.log.empty()) return;
  core::cut_torn_line(options_.log);
  log_ = std::make_unique<core::AppendFile>(options_.log);
}

void Progress::count_earlier(const EpochRow& row) {
  earlier_seconds_ += row.train_seconds + row.test_seconds;
  last_test_ = {.samples = row.test_samples, .correct = row.test_correct};
  if (row.test_accuracy > best_test_.accuracy) best_test_ = {row.test_accuracy, row.epoch};
  if (!row.holdout) return;
  last_holdout_ = {.samples = row.holdout->samples, .correct = row.holdout->correct};
  if (row.holdout->accuracy > best_holdout_.accuracy) best_holdout_ = {row.holdout->accuracy, row.epoch};
}

void Progress::on_training_started(const train::TrainingStarted& event) {
  run_ = event;
  if (options_.verbosity == Verbosity::verbose)
    terminal_.line(core::concatenate("Epochs ", event.first_epoch + 1, " to ", event.epochs, ", batches an epoch: ",
                                     event.batches_per_epoch, ", samples: ", event.train_samples));
}

void Progress::on_batch_done(const train::BatchDone& event) {
  if (event.epoch != last_batch_.epoch || batches_trained_ == 0) {
    epoch_waiting_ = 0;
    if (terminal_.live() && options_.verbosity != Verbosity::quiet) terminal_.line(epoch_line(event.epoch));
  }
  last_batch_ = event;
  ++batches_trained_;
  training_seconds_ += event.batch_seconds;
  planned_so_far_.training += planned(event.epoch).training / static_cast<double>(event.batches);
  epoch_waiting_ += event.waiting_seconds;
  if (!terminal_.live() || options_.verbosity == Verbosity::quiet) return;
  if (const double now = options_.clock(); now - last_redraw_ >= redraw_interval) {
    last_redraw_ = now;
    terminal_.redraw(live_line(event));
  }
}

std::string Progress::live_line(const train::BatchDone& event) const {
  std::string suffix;
  if (event.epoch_seconds > 0 && epoch_waiting_ > waiting_worth_saying * event.epoch_seconds)
    suffix += " data " + fixed(100 * epoch_waiting_ / event.epoch_seconds, 0) + "%";
  suffix += " ETA " + clock_time(seconds_left(event));
  // The last column stays free: some terminals wrap when it is written.
  return fitted(bar_state(event), suffix, options_.utf8, terminal_.columns() - 1);
}

train::EpochTime Progress::planned(std::int64_t epoch) const {
  const auto index = static_cast<std::size_t>(epoch);
  return index < options_.plan.epochs.size() ? options_.plan.epochs[index] : train::EpochTime{.training = 1};
}

// The plan gives the proportions of what is left to what was done, and the clock what that took.
double Progress::seconds_left(const train::BatchDone& event) const {
  const double share_left = static_cast<double>(event.batches - event.batch - 1) / static_cast<double>(event.batches);
  train::EpochTime left{.training = planned(event.epoch).training * share_left};
  for (std::int64_t epoch = event.epoch + 1; epoch < run_.epochs; ++epoch) left.training += planned(epoch).training;
  for (std::int64_t epoch = event.epoch; epoch < run_.epochs; ++epoch) left.evaluation += planned(epoch).evaluation;
  const double pace = training_seconds_ / planned_so_far_.training;
  double evaluation = left.evaluation * pace;  // until the first one is over
  if (epochs_evaluated_ > 0)
    evaluation = planned_so_far_.evaluation > 0 ? left.evaluation * evaluation_seconds_ / planned_so_far_.evaluation
                                                : static_cast<double>(run_.epochs - event.epoch) * evaluation_seconds_ /
                                                      static_cast<double>(epochs_evaluated_);
  return left.training * pace + evaluation;
}

void Progress::on_epoch_trained(const train::EpochDone& event) {
  // Resumed where only the evaluation was missing: the sums are those of the epoch, and the last loss isn't known.
  if (batches_trained_ == 0)
    last_batch_ = {.epoch = event.epoch,
                   .batch = run_.batches_per_epoch - 1,
                   .batches = run_.batches_per_epoch,
                   .loss = event.train_loss,
                   .correct = std::llround(event.train_accuracy * static_cast<double>(run_.train_samples)),
                   .seen = run_.train_samples};
  BarState state = bar_state(last_batch_);
  state.seconds = event.train_seconds;
  if (log_) log_->append(epoch_line(event.epoch) + "\n" + progress_line(state, {}) + "\n");
  if (options_.verbosity == Verbosity::quiet) return;
  if (terminal_.live()) {
    terminal_.line(fitted(state, "", options_.utf8, terminal_.columns() - 1));
  } else {
    terminal_.line(epoch_line(event.epoch));
    terminal_.line(progress_line(state, {.utf8 = options_.utf8}));
  }
}

void Progress::on_epoch_done(const train::EpochDone& event) {
  ++epochs_evaluated_;
  planned_so_far_.evaluation += planned(event.epoch).evaluation;
  evaluation_seconds_ += event.test.seconds + event.holdout.seconds;
  last_test_ = event.test;
  last_holdout_ = event.holdout;
  if (event.test.accuracy() > best_test_.accuracy) best_test_ = {event.test.accuracy(), event.epoch + 1};
  if (event.has_holdout && event.holdout.accuracy() > best_holdout_.accuracy)
    best_holdout_ = {event.holdout.accuracy(), event.epoch + 1};
  tell(test_line(event.test, options_.average_loss));
  if (event.test.views != "one") tell("Views of each test image, averaged: " + event.test.views);
  if (event.has_holdout)
    tell(core::concatenate("Hold-out: Average loss: ", fixed(event.holdout.mean_loss, 4),
                           ", Accuracy: ", event.holdout.correct, '/', event.holdout.samples, " (",
                           fixed(100 * event.holdout.accuracy(), 2), "%)"));
  if (options_.verbosity == Verbosity::verbose) terminal_.line(verbose_line(event));
}

std::string Progress::verbose_line(const train::EpochDone& event) const {
  const double seconds = std::max(event.train_seconds, 1e-9);
  return core::concatenate(
      "  mean loss ", fixed(event.train_loss, 4), ", lr ", fixed(last_batch_.lr, 6), ", momentum ",
      fixed(last_batch_.momentum, 4), ", ", fixed(static_cast<double>(last_batch_.seen) / seconds, 0), " samples/s, ",
      percent(epoch_waiting_ / seconds, 1), " waiting for data, test ", fixed(event.test.seconds, 1), " s");
}

// Where classes are uneven, accuracy says little of the rare ones.
std::string Progress::balanced_line() const {
  const auto balanced = [](const train::Evaluation& evaluation) {
    return percent(train::balanced_accuracy(evaluation.classes).value_or(0), 2);
  };
  if (!train::are_uneven(last_test_.classes)) return "";
  return core::concatenate("Balanced accuracy, since classes are uneven (the mean of their recalls): test ",
                           balanced(last_test_),
                           last_holdout_.samples > 0 ? ", hold-out " + balanced(last_holdout_) : "");
}

void Progress::on_training_done(const train::TrainingDone& event) {
  if (const std::string balanced = balanced_line(); !balanced.empty()) tell(balanced);
  const std::string line = last_line(event);
  if (log_) log_->append(line + "\n");
  terminal_.line(line);
}

std::string Progress::last_line(const train::TrainingDone& event) const {
  const std::string epochs =
      core::counted(event.epochs_done, "epoch") + ", " + clock_time(earlier_seconds_ + event.seconds);
  std::string text;
  switch (event.end) {
    case train::End::finished: text = "Finished: "; break;
    case train::End::stopped_early: text = "Stopped early, no better on the hold-out: "; break;
    case train::End::interrupted: text = "Interrupted: "; break;
    case train::End::terminated: text = "Terminated: "; break;
    case train::End::out_of_time: text = "Out of time: "; break;
  }
  text += epochs;
  if (best_test_.accuracy < 0) return text + ", no epoch evaluated";
  text += ". Test accuracy " + percent(last_test_.accuracy(), 2) +
          (options_.part.empty() ? "" : " of " + options_.part + " alone") +
          (last_test_.views == "one" ? "" : " by views: " + last_test_.views);
  if (best_holdout_.accuracy >= 0)
    return text + core::concatenate(" (hold-out ", percent(last_holdout_.accuracy(), 2), ", best ",
                                    percent(best_holdout_.accuracy, 2), " in epoch ", best_holdout_.epoch, ")");
  if (last_test_.views != "one") return text;  // the epochs before it were tested without test-time augmentation
  return text + core::concatenate(" (best, the original's way: ", percent(best_test_.accuracy, 2), " in epoch ",
                                  best_test_.epoch, ")");
}

void Progress::tell(const std::string& line) {
  if (log_) log_->append(line + "\n");
  if (options_.verbosity != Verbosity::quiet) terminal_.line(line);
}

}  // namespace reslab::track
