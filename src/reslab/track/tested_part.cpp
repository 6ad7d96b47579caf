#include "reslab/track/tested_part.h"

#include "reslab/core/quantity.h"

namespace reslab::track {

std::string tested_part(const train::Recipe& recipe) {
  const auto batches = [](std::int64_t count) { return count == 1 ? "batch" : core::counted(count, "batch"); };
  if (recipe.data.overfit_batches > 0)
    return "the training's own " + batches(recipe.data.overfit_batches) + " (data.overfit_batches)";
  if (recipe.data.limit_batches == 0) return "";
  return "the first " + batches(recipe.data.limit_batches) + " of the test set (data.limit_batches)";
}

std::string part_note(const std::string& part) {
  return "* of " + part + " alone: not to be compared with accuracies on the whole test set";
}

}  // namespace reslab::track
