// What a training on few pictures takes from its recipe otherwise than it stands there.
#pragma once

#include "reslab/cli/opened_data.h"
#include "reslab/recipe/recipe.h"

namespace reslab::cli {

/// Optimiser steps below which a training's epochs are raised.
inline constexpr std::int64_t fewest_steps = 300;

struct SmallSetRules {
  bool epochs_given = false;  ///< by the user: they stay
  bool quiet = false;
};

/// The recipe for `data`, where they are picture files; for other data sets it stays as it is. A batch that is larger
/// than the training set becomes as large as that; epochs that would make fewer than fewest_steps steps in all are
/// raised to as many as make so many, unless they were given, or the recipe limits or overfits batches. Both are said
/// on standard error. Changes nothing the second time. Throws UserError where no sample is left to train on.
recipe::Recipe fitted_to(const OpenedData& data, recipe::Recipe recipe, const SmallSetRules& rules);

/// The same for a training set of so many picture files, ≥ 1.
recipe::Recipe fitted_to(std::int64_t pictures, recipe::Recipe recipe, const SmallSetRules& rules);

}  // namespace reslab::cli
