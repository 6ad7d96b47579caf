#include "reslab/cli/estimate.h"

#include <cmath>
#include <iomanip>
#include <sstream>

#include "reslab/core/error.h"
#include "reslab/core/other_load.h"
#include "reslab/core/threads.h"
#include "reslab/train/probe.h"

namespace reslab::cli {

std::string duration_text(double seconds) {
  if (seconds < 100) return core::concatenate(std::lround(seconds), " s");
  if (seconds < 9.95 * 60) return core::concatenate(std::round(seconds / 6) / 10, " min");
  if (seconds < 100 * 60) return core::concatenate(std::lround(seconds / 60), " min");
  std::ostringstream hours;
  hours << std::fixed << std::setprecision(1) << seconds / 3600 << " h";
  return std::move(hours).str();
}

std::string load_text(double other_processors) {
  const int processors = core::thread_budget().affinity;
  if (other_processors < 0.15 * processors) return "";
  return core::concatenate(" (other programs kept ", std::round(10 * other_processors) / 10, " of ", processors,
                           " processors busy meanwhile)");
}

train::TimedData timed_data(const data::Splits& splits, const data::EvalTransform& transform) {
  return {.info = splits.info(),
          .tested = data::output_size(transform.fit, splits.info().size).value(),
          .train = splits.train.size(),
          .test = splits.test.size()};
}

train::TimedData timed_data(const fetch::NamedDataset& dataset) {
  return {.info = dataset.info,
          .tested = dataset.info.size.value(),
          .train = dataset.train_samples,
          .test = dataset.test_samples};
}

std::optional<Estimate> estimate(const recipe::Recipe& recipe, const train::TimedData& data,
                                 const train::Compute& compute) {
  const core::OtherLoad load;
  std::optional<train::TimePlan> plan = train::training_times(recipe, data, compute);
  if (!plan) return std::nullopt;
  const double seconds = plan->total();
  return Estimate{.text = core::concatenate("about ", duration_text(seconds), " on this machine, ",
                                            duration_text(seconds / static_cast<double>(recipe.epochs)), " an epoch",
                                            load_text(load.processors())),
                  .plan = std::move(*plan)};
}

}  // namespace reslab::cli
