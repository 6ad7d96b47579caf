// What "the learning rate" of a recipe is, where each group of parameters may have a rate of its own.
//
// It is the highest rate that the schedule gives the leading group: Muon's filters where the optimizer is muon, and
// otherwise the parameters that have no rate of their own. Logs, plots, reports and `find-lr` all show this rate.
// Setting it multiplies the rates of all groups by the same factor, so that their ratios stay as the recipe has them.
//
//   Recipe recipe = load_recipe("fast94");
//   learning_rate(recipe);             // 0.2255: optimizer.muon.lr
//   set_learning_rate(recipe, 0.451);  // all rates doubled, optimizer.head_lr too
#pragma once

#include <string>

#include "reslab/recipe/recipe.h"
#include "reslab/recipe/schedule.h"

namespace reslab::recipe {

/// The group whose rate is the recipe's learning rate.
ParameterGroup leading_group(const Recipe& recipe);

/// The highest rate that the schedule gives the leading group, > 0.
double learning_rate(const Recipe& recipe);

/// Multiplies the rates of all groups by lr / learning_rate(recipe). `lr` must lie in (0, largest_lr]. Throws UserError
/// where a group's rate would leave that range.
void set_learning_rate(Recipe& recipe, double lr);

/// Reads a number or a fraction as `--lr` takes it ("0.1", "5/24"). Throws UserError that names what is allowed.
double parse_learning_rate(const std::string& text);

}  // namespace reslab::recipe
