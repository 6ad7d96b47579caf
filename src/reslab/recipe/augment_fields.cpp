#include "reslab/recipe/augment_fields.h"

#include <algorithm>
#include <utility>

#include "reslab/augment/registry.h"
#include "reslab/core/error.h"

namespace reslab::recipe {
namespace {

constexpr std::string_view augment_prefix = "augment.";
constexpr std::string_view one_of_name = "one_of";

// "pad.height" is the option height of pad.
const core::Option& option_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  const augment::PolicyKind* const kind = augment::find_kind(name.substr(0, dot));
  const core::Option* const option = kind == nullptr ? nullptr : core::find_option(kind->options, name.substr(dot + 1));
  RESLAB_ASSERT(option != nullptr, "no policy has the option ", name);
  return *option;
}

template <typename T>
Access<T> access_to_policy(const std::string& name) {
  return {[name](const Recipe& recipe) -> const T& {
            const auto found = recipe.augment.values.find(name);
            return std::get<T>(found == recipe.augment.values.end() ? option_of(name).initial : found->second);
          },
          [name](Recipe& recipe) -> T& {
            return std::get<T>(recipe.augment.values.try_emplace(name, option_of(name).initial).first->second);
          }};
}

Field field_of_policy(const std::string& policy, const core::Option& option) {
  const std::string name = policy + '.' + option.name;
  Field field{.key = std::string(augment_prefix) + name,
              .access = access_to_policy<bool>(name),
              .meaning = option.meaning,
              .range = {.least = option.least, .most = option.most},
              .choices = option.choices,
              .of_policies = true};
  if (std::holds_alternative<std::int64_t>(option.initial)) field.access = access_to_policy<std::int64_t>(name);
  if (std::holds_alternative<double>(option.initial)) field.access = access_to_policy<double>(name);
  if (std::holds_alternative<std::string>(option.initial)) field.access = access_to_policy<std::string>(name);
  if (std::holds_alternative<std::vector<double>>(option.initial))
    field.access = access_to_policy<std::vector<double>>(name);
  return field;
}

using Texts = std::vector<std::string>;
using Numbers = std::vector<double>;

// one_of holds other policies, which no option of a policy's table can.
std::vector<Field> one_of_fields() {
  return {{.key = "augment.one_of.policies",
           .access = Access<Texts>{[](const Recipe& recipe) -> const Texts& { return recipe.augment.one_of.policies; },
                                   [](Recipe& recipe) -> Texts& { return recipe.augment.one_of.policies; }},
           .meaning = "of which each image gets one; each has its own table",
           .choices = augment::names(),
           .of_policies = true},
          {.key = "augment.one_of.probabilities",
           .access = Access<Numbers>{
               [](const Recipe& recipe) -> const Numbers& { return recipe.augment.one_of.probabilities; },
               [](Recipe& recipe) -> Numbers& { return recipe.augment.one_of.probabilities; }},
           .meaning = "of these; what is left of 1 is for none of them; empty: equally likely",
           .range = {.least = 0, .most = 1},
           .of_policies = true}};
}

}  // namespace

bool AugmentOptions::uses(std::string_view policy) const {
  const auto names = [&](const Texts& list) { return std::ranges::find(list, policy) != list.end(); };
  if (names(policies)) return true;
  return policy != one_of_name && uses(one_of_name) && names(one_of.policies);
}

core::OptionValues AugmentOptions::of(const std::string& policy) const {
  core::OptionValues own;
  const std::string prefix = policy + '.';
  for (const auto& [name, value] : values)
    if (name.starts_with(prefix)) own.emplace(name.substr(prefix.size()), value);
  return own;
}

std::vector<Field> augment_fields() {
  Texts choices = augment::names();
  choices.emplace_back(one_of_name);
  std::vector<Field> fields{
      {.key = "augment.policies",
       .access = Access<std::vector<std::string>>{
           [](const Recipe& recipe) -> const std::vector<std::string>& { return recipe.augment.policies; },
           [](Recipe& recipe) -> std::vector<std::string>& { return recipe.augment.policies; }},
       .meaning = "in this order; each has a table of its own",
       .choices = std::move(choices)}};
  for (Field& field : one_of_fields()) fields.push_back(std::move(field));
  for (const augment::PolicyKind& kind : augment::kinds())
    for (const core::Option& option : kind.options) fields.push_back(field_of_policy(kind.name, option));
  return fields;
}

bool policy_says_something(const Recipe& recipe, const Field& field) {
  const std::string name = field.key.substr(augment_prefix.size());
  const std::string policy = name.substr(0, name.find('.'));
  if (recipe.augment.uses(policy)) return true;
  if (policy == one_of_name)
    return !recipe.augment.one_of.policies.empty() || !recipe.augment.one_of.probabilities.empty();
  const auto found = recipe.augment.values.find(name);
  return found != recipe.augment.values.end() && found->second != option_of(name).initial;
}

}  // namespace reslab::recipe
