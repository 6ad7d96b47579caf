// A run in one line: what it is, how far it came, how good it is. Read from its small files alone.
//
//   for (const track::RunFolder& run : track::list_runs("runs")) print(track::summarise(run));
#pragma once

#include <optional>
#include <string>

#include "reslab/recipe/recipe.h"
#include "reslab/track/metrics.h"
#include "reslab/track/run_folder.h"

namespace reslab::track {

struct BestEpoch {
  double accuracy = 0;  ///< in [0, 1]
  std::int64_t epoch = 0;
};

/// How a run stands.
enum class RunState {
  training,       ///< a process trains there now
  finished,       ///< all epochs of its recipe
  stopped_early,  ///< by its recipe's patience
  interrupted,    ///< `reslab resume` goes on with it
};

/// "training", "finished", "stopped early", "interrupted".
std::string name_of(RunState state);

struct RunSummary {
  RunFolder folder;
  std::string recipe;            ///< its name; "" where the recipe can't be read
  std::int64_t epochs = 0;       ///< of the recipe
  std::string started;           ///< ISO 8601, UTC
  std::string precision;         ///< "fp32", "bf16", or "" where it wasn't recorded
  std::string extends;           ///< the run that this one goes on with for more epochs; "" for none
  std::optional<EpochRow> last;  ///< none before the first epoch is finished
  /// On the test set: told, not chosen by. None where the recipe has test-time augmentation, which the last epoch's
  /// test alone gets: the epochs' accuracies can't be compared.
  std::optional<BestEpoch> best;
  std::optional<BestEpoch> holdout;  ///< best on the hold-out
  double seconds = 0;                ///< training and evaluation together; of an epoch that isn't finished its batches
  std::string part;                  ///< tested_part of its recipe: "" where the accuracies are of the whole test set
  RunState state = RunState::interrupted;
  std::string problem;  ///< what of its files can't be read; "" when all could
};

/// Never throws for what a run's files hold: that becomes `problem`.
RunSummary summarise(const RunFolder& run);

/// Whether training ended by the recipe's patience, no better on the hold-out, in the last of these epochs.
bool stopped_early(const std::vector<EpochRow>& epochs, const recipe::Recipe& recipe);

/// Whether a process trains in the run now. Makes no file.
bool is_training(const RunFolder& run);

}  // namespace reslab::track
