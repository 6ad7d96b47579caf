#include "reslab/recipe/entries.h"

#include <algorithm>

#include "reslab/recipe/fields.h"
#include "reslab/recipe/toml.h"

namespace reslab::recipe {

std::vector<std::pair<std::string, std::string>> recipe_entries(const Recipe& recipe) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const Field* field : fields_of(recipe)) entries.emplace_back(field->key, toml_value(value_of(*field, recipe)));
  return entries;
}

std::vector<RecipeDifference> recipe_differences(std::span<const Recipe> recipes) {
  std::vector<RecipeDifference> differences;
  for (const Field& field : recipe_fields()) {
    RecipeDifference row{.key = field.key, .values = {}};
    for (const Recipe& recipe : recipes) row.values.push_back(toml_value(value_of(field, recipe)));
    if (std::ranges::adjacent_find(row.values, std::ranges::not_equal_to{}) != row.values.end())
      differences.push_back(std::move(row));
  }
  return differences;
}

}  // namespace reslab::recipe
