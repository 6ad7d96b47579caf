// The options of networks as keys of a recipe, from the tables of models::kinds().
#pragma once

#include <string>
#include <vector>

#include "reslab/recipe/fields.h"

namespace reslab::recipe {

/// model.width and all others, each once: where several networks have an option of a name, it takes what any of them
/// takes, and check_recipe goes by the recipe's own.
std::vector<Field> model_fields();

/// Of a field of model_fields(): whether it is one of the recipe's network, or set to another value than the initial
/// one.
bool says_something(const Recipe& recipe, const Field& field);

/// Throws UserError where `key` is an option that the recipe's network doesn't have, and the recipe has another value
/// for it than the initial one; names the options that the network has, and the nearest. `value` is what was asked for.
void refuse_option_of_another(const Recipe& recipe, const std::string& key, const std::string& value);

/// The names of the networks that have the option of this key, "model.depth"; none where it is no such key.
std::vector<std::string> networks_with(std::string_view key);

}  // namespace reslab::recipe
