// Mirrored pictures: whether a recipe makes them, and the one choice that stands for all its keys.
//
//   recipe::set_flip(recipe, "none");    // digits, letters, left and right hands
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reslab/recipe/recipe.h"

namespace reslab::recipe {

/// "none", "horizontal" (left and right), "both" (and top and bottom), "dihedral" (and quarter turns).
std::vector<std::string> flip_names();

/// Where the recipe mirrors pictures: "in training", "in training and at the last test"; "" where it doesn't.
std::string where_it_mirrors(const Recipe& recipe);

/// Replaces the flips among augment.policies and augment.one_of.policies by those of `name`: none; horizontal_flip;
/// horizontal_flip and vertical_flip; or dihedral. They take the first flip's place among augment.policies, or the end.
/// With "none", evaluation.views becomes "one" where `views_too`, since the other ways look at mirror images. Throws
/// UserError for another name.
void set_flip(Recipe& recipe, const std::string& name, bool views_too);

}  // namespace reslab::recipe
