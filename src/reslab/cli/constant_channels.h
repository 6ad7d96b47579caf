// What is said of training images of which a channel is the same everywhere.
#pragma once

#include "reslab/data/split.h"
#include "reslab/recipe/recipe.h"

namespace reslab::cli {

/// Names such channels on standard error, with their value and how it is normalised; nothing where there are none. At
/// least one sample.
void say_constant_channels(const data::Split& train, const recipe::Recipe& recipe);

}  // namespace reslab::cli
