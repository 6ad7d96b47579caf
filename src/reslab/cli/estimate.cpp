#include "reslab/cli/estimate.h"

#include <cmath>
#include <iomanip>
#include <sstream>

#include "reslab/core/error.h"
#include "reslab/track/probe.h"

namespace reslab::cli {

std::string duration_text(double seconds) {
  if (seconds < 100) return core::concatenate(std::lround(seconds), " s");
  if (seconds < 100 * 60) return core::concatenate(std::lround(seconds / 60), " min");
  std::ostringstream hours;
  hours << std::fixed << std::setprecision(1) << seconds / 3600 << " h";
  return std::move(hours).str();
}

std::optional<std::string> estimate_text(const train::Recipe& recipe, const train::Compute& compute) {
  const std::optional<double> seconds = track::training_seconds(recipe, compute);
  if (!seconds) return std::nullopt;
  return core::concatenate("about ", duration_text(*seconds), " on this machine, ",
                           duration_text(*seconds / static_cast<double>(recipe.epochs)), " an epoch");
}

}  // namespace reslab::cli
