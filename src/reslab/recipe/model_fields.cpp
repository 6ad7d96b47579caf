#include "reslab/recipe/model_fields.h"

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/models/network.h"

namespace reslab::recipe {
namespace {

constexpr std::string_view prefix = "model.";

// As the recipe's network has it, or else the first network that has it.
const models::OptionValue& initial_value(const std::string& network, const std::string& name) {
  const models::NetworkKind* const own = models::find_kind(network);
  if (const auto* option = own == nullptr ? nullptr : models::find_option(own->options, name)) return option->initial;
  for (const models::NetworkKind& kind : models::kinds())
    if (const auto* option = models::find_option(kind.options, name)) return option->initial;
  RESLAB_ASSERT(false, "no network has the option ", name);
}

template <typename T>
Access<T> access_to(const std::string& name) {
  return {
      [name](const Recipe& recipe) -> const T& {
        const auto found = recipe.model.values.find(name);
        return std::get<T>(found == recipe.model.values.end() ? initial_value(recipe.model.name, name) : found->second);
      },
      [name](Recipe& recipe) -> T& {
        const auto place = recipe.model.values.try_emplace(name, initial_value(recipe.model.name, name));
        return std::get<T>(place.first->second);
      }};
}

Field field_of(const models::Option& option) {
  Field field{.key = std::string(prefix) + option.name,
              .access = access_to<bool>(option.name),
              .meaning = option.meaning,
              .range = {.least = option.least, .most = option.most},
              .choices = option.choices,
              .of_networks = true};
  if (std::holds_alternative<std::int64_t>(option.initial)) field.access = access_to<std::int64_t>(option.name);
  if (std::holds_alternative<double>(option.initial)) field.access = access_to<double>(option.name);
  if (std::holds_alternative<std::string>(option.initial)) field.access = access_to<std::string>(option.name);
  return field;
}

// By what another network takes.
void widen(Field& field, const models::Option& option, const std::string& network) {
  field.range.least = std::min(field.range.least, option.least);
  field.range.most = std::max(field.range.most, option.most);
  for (const std::string& choice : option.choices)
    if (std::ranges::find(field.choices, choice) == field.choices.end()) field.choices.push_back(choice);
  const models::OptionValue& first = initial_value("", option.name);
  if (option.initial != first) field.meaning += "; " + network + ": initially " + models::option_text(option.initial);
}

bool has_option(const std::string& network, std::string_view key) {
  const models::NetworkKind* const kind = models::find_kind(network);
  return kind != nullptr && models::find_option(kind->options, key.substr(prefix.size())) != nullptr;
}

}  // namespace

models::OptionValues ModelOptions::own_values() const {
  models::OptionValues own;
  for (const models::Option& option : models::kind(name).options)
    if (const auto found = values.find(option.name); found != values.end()) own.insert(*found);
  return own;
}

std::vector<std::string> networks_with(std::string_view key) {
  std::vector<std::string> networks;
  if (!key.starts_with(prefix)) return networks;
  for (const models::NetworkKind& kind : models::kinds())
    if (models::find_option(kind.options, key.substr(prefix.size())) != nullptr) networks.push_back(kind.name);
  return networks;
}

std::vector<Field> model_fields() {
  std::vector<Field> fields;
  for (const models::NetworkKind& kind : models::kinds())
    for (const models::Option& option : kind.options) {
      Field field = field_of(option);
      const auto known = std::ranges::find(fields, field.key, &Field::key);
      if (known == fields.end())
        fields.push_back(std::move(field));
      else
        widen(*known, option, kind.name);
    }
  // Whose they are, where not all networks have them.
  for (Field& field : fields)
    if (const auto networks = networks_with(field.key); networks.size() < models::kinds().size())
      field.meaning = core::join(networks) + ": " + field.meaning;
  return fields;
}

bool says_something(const Recipe& recipe, const Field& field) {
  if (has_option(recipe.model.name, field.key)) return true;
  const std::string name = field.key.substr(prefix.size());
  const auto found = recipe.model.values.find(name);
  return found != recipe.model.values.end() && found->second != initial_value(recipe.model.name, name);
}

void refuse_option_of_another(const Recipe& recipe, const std::string& key, const std::string& value) {
  const std::vector<std::string> networks = networks_with(key);
  const Field* const field = find_field(key);
  if (networks.empty() || has_option(recipe.model.name, key) || !says_something(recipe, *field)) return;
  std::vector<std::string> own, names;
  for (const models::Option& option : models::kind(recipe.model.name).options) {
    own.push_back(option.name);
    names.push_back(std::string(prefix) + option.name);
  }
  const std::string near = core::nearest(key.substr(prefix.size()), own);
  throw core::UserError(
      {.attempted = "set " + key + " to '" + value + "'",
       .found = "it would have no effect: model.name is '" + recipe.model.name + "', and only " + core::join(networks) +
                (networks.size() == 1 ? " has it" : " have it"),
       .allowed = "options of " + recipe.model.name + ": " + core::join(names),
       .remedy = near.empty() ? "leave it out" : core::concatenate("did you mean '", prefix, near, "'?")});
}

}  // namespace reslab::recipe
