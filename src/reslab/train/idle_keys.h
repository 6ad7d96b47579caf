// Keys of a recipe whose values make no difference to the training, because another key switches them off.
//
//   const std::string why = why_idle(recipe, "schedule.max_lr");
//   // "schedule.name is 'linear', and only one_cycle has it": nothing would change with another max_lr
//
// The command line refuses such a key and recipe files are told of it, since a setting that does nothing is nearly
// always a mistake. What hangs on the data (how many batches there are) is not looked at.
#pragma once

#include <string>
#include <string_view>

#include "reslab/train/recipe.h"

namespace reslab::train {

/// Why the value of `key` changes nothing of what `recipe` computes, or can't do what it is for in so few epochs (a
/// warm-up that never ends); "" where it has its effect.
/// Requires: `key` is one of recipe_keys(), and the recipe has passed check_recipe.
std::string why_idle(const Recipe& recipe, std::string_view key);

}  // namespace reslab::train
