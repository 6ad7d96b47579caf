// Values that come from the command line as bare text.
#pragma once

#include <string>

#include "reslab/recipe/recipe.h"

namespace reslab::recipe {

/// Sets one key. Text that isn't TOML is taken as the key's type suggests: as a text, a list without quotes or brackets
/// ("pad,cutout"), a number (".5"). Throws UserError as assign does.
void apply_override(Recipe& recipe, const std::string& key, const std::string& text);

}  // namespace reslab::recipe
