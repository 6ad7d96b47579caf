#include "reslab/cli/small_sets.h"

#include <iostream>

#include "reslab/core/error.h"
#include "reslab/core/quantity.h"
#include "reslab/recipe/schedule.h"

namespace reslab::cli {

recipe::Recipe fitted_to(const OpenedData& data, recipe::Recipe recipe, const SmallSetRules& rules) {
  return data.pictures == nullptr ? recipe : fitted_to(data.splits.train.size(), std::move(recipe), rules);
}

recipe::Recipe fitted_to(std::int64_t pictures, recipe::Recipe recipe, const SmallSetRules& rules) {
  // A hold-out that leaves nothing is refused where it is drawn.
  if (recipe.data.holdout >= pictures) return recipe;
  const auto say = [&](const std::string& text) {
    if (!rules.quiet) std::cerr << "note: " << text << '\n';
  };
  const std::int64_t samples = recipe::training_samples(recipe, pictures);
  if (recipe.data.overfit_batches == 0 && recipe.data.batch_size > samples) {
    say(core::concatenate("batches of ", samples, " in place of ", recipe.data.batch_size,
                          ": there are no more training pictures"));
    recipe.data.batch_size = samples;
  }
  if (rules.epochs_given || recipe.data.limit_batches > 0 || recipe.data.overfit_batches > 0) return recipe;
  const std::int64_t per_epoch = recipe::steps_per_epoch(recipe, samples), asked = recipe.epochs;
  if (asked * per_epoch >= fewest_steps) return recipe;
  recipe.epochs = (fewest_steps + per_epoch - 1) / per_epoch;
  say(core::concatenate(core::counted(recipe.epochs, "epoch"), " in place of the recipe's ", asked, ", which ",
                        core::counted(samples, "training picture"), " would make ",
                        core::counted(asked * per_epoch, "step"), " of, fewer than ", fewest_steps, " (--epochs ",
                        asked, " keeps them)"));
  return recipe;
}

}  // namespace reslab::cli
