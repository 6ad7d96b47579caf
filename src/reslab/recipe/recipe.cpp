#include "reslab/recipe/recipe.h"

#include <algorithm>
#include <numeric>

#include "reslab/core/error.h"
#include "reslab/core/hash.h"
#include "reslab/core/nearest.h"
#include "reslab/models/network.h"
#include "reslab/recipe/number.h"
#include "reslab/recipe/schedule.h"
#include "reslab/recipe/toml.h"
#include "reslab/recipe/value.h"

namespace reslab::recipe {
namespace {

// refuse(found, allowed) throws.
template <typename Refuse>
void check_one_of(const Recipe& recipe, const Refuse& refuse) {
  const auto& [policies, probabilities] = recipe.augment.one_of;
  if (recipe.augment.uses("one_of") && policies.empty())
    refuse("augment.policies has one_of, and augment.one_of.policies is empty", "a policy or more to choose from");
  if (!probabilities.empty() && probabilities.size() != policies.size())
    refuse(core::concatenate("augment.one_of.policies has ", policies.size(), " names and probabilities ",
                             probabilities.size(), " numbers"),
           "one for each, or none");
  if (std::accumulate(probabilities.begin(), probabilities.end(), 0.0) > 1 + 1e-6)
    refuse("augment.one_of.probabilities with a sum above 1", "a sum of at most 1");
}

// What must hold between keys.
void check_together(const Recipe& recipe) {
  const auto refuse = [&](const std::string& found, const std::string& allowed) {
    throw core::UserError({.attempted = "use the recipe" + (recipe.name.empty() ? "" : " '" + recipe.name + "'"),
                           .found = found,
                           .allowed = allowed});
  };
  if (recipe.data.mean.size() != recipe.data.std.size())
    refuse(
        core::concatenate("data.mean has ", recipe.data.mean.size(), " values and data.std ", recipe.data.std.size()),
        "both of the same length, or both empty");
  if (recipe.schedule.base_momentum > recipe.schedule.max_momentum)
    refuse("schedule.base_momentum is " + shortest_text(recipe.schedule.base_momentum) + " and schedule.max_momentum " +
               shortest_text(recipe.schedule.max_momentum),
           "base_momentum at most max_momentum");
  if (recipe.optimizer.nesterov && (recipe.optimizer.momentum == 0 || recipe.optimizer.dampening != 0))
    refuse("optimizer.nesterov with momentum " + shortest_text(recipe.optimizer.momentum) + " and dampening " +
               shortest_text(recipe.optimizer.dampening),
           "momentum above 0 and dampening 0");
  const bool averages = recipe.averaging.name == "ema" || recipe.averaging.name == "swa";
  if (averages && recipe.averaging.start_epoch >= static_cast<double>(recipe.epochs))
    refuse(core::concatenate("averaging.start_epoch is ", recipe.averaging.start_epoch, " and epochs ", recipe.epochs),
           "a start before the last epoch's end: nothing would be averaged");
  if (recipe.averaging.start_epoch > 0 && recipe.averaging.last_epochs > 0)
    refuse("averaging.start_epoch is " + shortest_text(recipe.averaging.start_epoch) + " and averaging.last_epochs " +
               shortest_text(recipe.averaging.last_epochs),
           "one of the two; the other 0");
  if (recipe.optimizer.freeze.empty() != (recipe.optimizer.freeze_epochs == 0))
    refuse("optimizer.freeze is '" + recipe.optimizer.freeze + "' and optimizer.freeze_epochs " +
               shortest_text(recipe.optimizer.freeze_epochs),
           "both, or neither");
  if (recipe.optimizer.freeze == "whiten" && recipe.optimizer.whitening_epochs > 0)
    refuse("optimizer.freeze is 'whiten' and optimizer.whitening_epochs " +
               shortest_text(recipe.optimizer.whitening_epochs),
           "one of the two: both say when that layer's bias stays");
  if (recipe.data.balance == "sampling" && !recipe.data.shuffle)
    refuse("data.balance is 'sampling' and data.shuffle false", "one of the two: samples are drawn in a new order");
  check_one_of(recipe, refuse);
  sides_by_epoch(recipe);
}

}  // namespace

void check_recipe(const Recipe& recipe) {
  Recipe copy;
  for (const Field& field : recipe_fields())
    assign(copy, {.key = field.key,
                  .value = value_of(field, recipe),
                  .attempted = "use the recipe" + (recipe.name.empty() ? "" : " '" + recipe.name + "'"),
                  .place = {}});
  models::check_options(recipe.model.name, models::kind(recipe.model.name).options, recipe.model.own_values());
  check_together(recipe);
}

std::string to_toml(const Recipe& recipe) {
  std::string text, table;
  for (const Field* field : fields_of(recipe)) {
    const std::string_view key = field->key;
    const std::size_t dot = key.rfind('.');
    const std::string_view own_table = dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
    if (own_table != table) {
      table = own_table;
      text += "\n[" + table + "]\n";
    }
    text += std::string(key.substr(dot + 1)) + " = " + toml_value(value_of(*field, recipe)) + "\n";
  }
  return text;
}

std::string recipe_hash(const Recipe& recipe) {
  // Sorted, so that the order of the table of fields may change; and without what has its initial value, so that a
  // recipe keeps its hash, and a run its checkpoints, when the program learns a new key. Initial values never change.
  const Recipe initial;
  Recipe initial_network;
  initial_network.model.name = recipe.model.name;
  std::vector<std::string> lines;
  for (const Field& field : recipe_fields()) {
    const std::string value = toml_value(value_of(field, recipe));
    if (field.decides_result && value != toml_value(value_of(field, field.of_networks ? initial_network : initial)))
      lines.push_back(core::concatenate(field.key, " = ", value, "\n"));
  }
  std::ranges::sort(lines);
  const std::string text = core::join(lines, "");
  return core::sha256(std::as_bytes(std::span(text.data(), text.size())));
}

std::vector<std::string> recipe_keys() {
  std::vector<std::string> keys;
  for (const Field& field : recipe_fields()) keys.emplace_back(field.key);
  return keys;
}

std::vector<KeyDescription> describe_keys() {
  std::vector<KeyDescription> descriptions;
  const Recipe initial;
  for (const Field& field : recipe_fields())
    descriptions.push_back({field.key, toml_value(value_of(field, initial)), allowed_values(field), field.meaning});
  return descriptions;
}

}  // namespace reslab::recipe
