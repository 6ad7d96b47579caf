#include "reslab/track/tested_part.h"

#include "reslab/core/quantity.h"
#include "reslab/track/environment.h"

namespace reslab::track {

std::string tested_part(const recipe::Recipe& recipe, std::optional<std::int64_t> test_samples) {
  const auto batches = [](std::int64_t count) { return count == 1 ? "batch" : core::counted(count, "batch"); };
  if (recipe.data.overfit_batches > 0)
    return "the training's own " + batches(recipe.data.overfit_batches) + " (data.overfit_batches)";
  if (recipe.data.limit_batches == 0) return "";
  if (test_samples && recipe.data.limit_batches * recipe.data.batch_size >= *test_samples) return "";
  return "the first " + batches(recipe.data.limit_batches) + " of the test set (data.limit_batches)";
}

std::string tested_part(const RunFolder& run, const recipe::Recipe& recipe, std::int64_t tested) {
  std::optional<std::int64_t> all = recorded_samples(run.environment(), "test");
  // With room for more in the last of the batches, there were no more.
  if (!all && tested > 0 && tested < recipe.data.limit_batches * recipe.data.batch_size) all = tested;
  return tested_part(recipe, all);
}

std::string part_note(const std::string& part) {
  return "* of " + part + " alone: not to be compared with accuracies on the whole test set";
}

}  // namespace reslab::track
