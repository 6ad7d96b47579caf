#include "reslab/track/run_summary.h"

#include <chrono>
#include <thread>

#include "reslab/core/error.h"
#include "reslab/core/file.h"
#include "reslab/core/order.h"
#include "reslab/track/environment.h"
#include "reslab/track/tested_part.h"
#include "reslab/train/patience.h"

namespace reslab::track {
namespace {

void keep_better(std::optional<BestEpoch>& best, double accuracy, std::int64_t epoch) {
  if (!best || core::highest_first(accuracy, best->accuracy)) best = {.accuracy = accuracy, .epoch = epoch};
}

void read_recipe(RunSummary& summary) {
  const recipe::Recipe recipe = recipe::load_recipe(summary.folder.recipe().string());
  summary.recipe = recipe.name;
  summary.epochs = recipe.epochs;
  summary.part = tested_part(summary.folder, recipe, summary.last ? summary.last->test_samples : 0);
  if (recipe.evaluation.views != "one") summary.best.reset();
  if (!summary.last) return;
  if (summary.last->epoch >= recipe.epochs)
    summary.state = RunState::finished;
  else if (stopped_early(read_epochs(summary.folder.epochs()), recipe))
    summary.state = RunState::stopped_early;
}

// Of the epoch that was being trained when the run ended.
double seconds_after(const std::filesystem::path& metrics, std::int64_t epoch) {
  double seconds = 0;
  if (!std::filesystem::exists(metrics)) return seconds;
  for (const StepRow& row : read_metrics(metrics))
    if (row.epoch > epoch) seconds += row.batch_seconds;
  return seconds;
}

void read_rows(RunSummary& summary) {
  if (!std::filesystem::exists(summary.folder.epochs())) return;
  for (const EpochRow& row : read_epochs(summary.folder.epochs())) {
    keep_better(summary.best, row.test_accuracy, row.epoch);
    if (row.holdout) keep_better(summary.holdout, row.holdout->accuracy, row.epoch);
    summary.seconds += row.train_seconds + row.test_seconds;
    summary.last = row;
  }
}

void read_unfinished(RunSummary& summary) {
  if (summary.state == RunState::interrupted)
    summary.seconds += seconds_after(summary.folder.metrics(), summary.last ? summary.last->epoch : 0);
}

}  // namespace

std::string name_of(RunState state) {
  switch (state) {
    case RunState::training: return "training";
    case RunState::finished: return "finished";
    case RunState::stopped_early: return "stopped early";
    case RunState::interrupted: break;
  }
  return "interrupted";
}

bool stopped_early(const std::vector<EpochRow>& epochs, const recipe::Recipe& recipe) {
  const train::HoldoutMetric metric = train::holdout_metric_named(recipe.early_stopping.metric);
  train::Patience patience(recipe.early_stopping.patience, metric);
  for (const EpochRow& epoch : epochs)
    if (epoch.holdout && patience.after_epoch(score(*epoch.holdout, metric))) return true;
  return false;
}

bool is_training(const RunFolder& run) {
  std::error_code error;
  if (!std::filesystem::exists(run.lock(), error)) return false;
  // Another process that asks the same holds it for an instant.
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (core::FileLock::try_lock(run.lock()) != nullptr) return false;
  }
  return true;
}

RunSummary summarise(const RunFolder& run) {
  RunSummary summary{.folder = run,
                     .started = environment_text(run.environment(), "started").value_or(""),
                     .precision = environment_text(run.environment(), "precision").value_or(""),
                     .extends = environment_text(run.environment(), "extends").value_or("")};
  for (const auto read : {read_rows, read_recipe, read_unfinished}) try {
      read(summary);
    } catch (const core::UserError& error) {
      const core::ErrorParts& parts = error.parts();
      summary.problem += (summary.problem.empty() ? "" : "; ") + ("could not " + parts.attempted + ": " + parts.found);
    }
  if (summary.started.empty())
    summary.problem +=
        (summary.problem.empty() ? "" : "; ") + run.environment().string() + " doesn't say when it began";
  try {
    if (is_training(run)) summary.state = RunState::training;
  } catch (const core::UserError&) {
    // A folder that can't be written has a lock that can't be tried: nothing trains there for this user.
  }
  return summary;
}

}  // namespace reslab::track
