// Keys of a recipe whose values make no difference to the training, because another key switches them off or the
// training is too short for them.
//
//   const std::string why = why_idle(recipe, "schedule.max_lr");
//   // "schedule.name is 'linear', and only one_cycle has it": nothing would change with another max_lr
//
// A setting that does nothing is nearly always a mistake, so that the command line refuses one that is switched off and
// warns of one that needs a longer training. Effects that depend on the data, such as the number of batches, aren't
// considered.
#pragma once

#include <string>
#include <string_view>

#include "reslab/recipe/recipe.h"

namespace reslab::recipe {

/// Why another key switches `key` off, so that its value changes nothing of what `recipe` trains; "" where it counts.
/// Requires: `key` is one of recipe_keys(), and the recipe has passed check_recipe.
std::string why_idle(const Recipe& recipe, std::string_view key);

/// Why the training has too few epochs for what `key` is for, such as a warm-up that never ends; "" where it has
/// enough. Requires as why_idle does.
std::string why_too_short(const Recipe& recipe, std::string_view key);

}  // namespace reslab::recipe
