// A recipe as a list of keys and texts, for tables and comparisons.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reslab/recipe/recipe.h"

namespace reslab::recipe {

/// The keys of to_toml in their order, each with its value as TOML.
std::vector<std::pair<std::string, std::string>> recipe_entries(const Recipe& recipe);

struct RecipeDifference {
  std::string key;
  std::vector<std::string> values;  ///< one a recipe, as TOML
};

/// The keys in which the recipes aren't all the same.
std::vector<RecipeDifference> recipe_differences(std::span<const Recipe> recipes);

}  // namespace reslab::recipe
