#include "reslab/recipe/learning_rate.h"

#include "reslab/core/error.h"
#include "reslab/recipe/fields.h"
#include "reslab/recipe/number.h"

namespace reslab::recipe {
namespace {

struct Rate {
  const char* key;
  double& value;
};

// The keys that hold a rate of this recipe; 0 stands for "no rate of its own".
std::vector<Rate> rates_of(Recipe& recipe) {
  OptimizerOptions& options = recipe.optimizer;
  std::vector<Rate> rates{{"optimizer.lr", options.lr},
                          {"optimizer.head_lr", options.head_lr},
                          {"optimizer.norm_lr", options.norm_lr},
                          {"optimizer.bias_lr", options.bias_lr},
                          {"optimizer.whitening_lr", options.whitening_lr}};
  if (options.name == "muon") rates.push_back({"optimizer.muon.lr", options.muon.lr});
  return rates;
}

bool is_one_cycle(const Recipe& recipe) { return recipe.schedule.name == "one_cycle"; }

}  // namespace

ParameterGroup leading_group(const Recipe& recipe) {
  return recipe.optimizer.name == "muon" ? ParameterGroup::filters : ParameterGroup::rest;
}

double learning_rate(const Recipe& recipe) { return peak_lr(recipe, leading_group(recipe)); }

void set_learning_rate(Recipe& recipe, double lr) {
  const double before = learning_rate(recipe);
  if (lr == before) return;
  const double factor = lr / before;
  const auto scale = [&](const char* key, double& value) {
    // The leading rate itself is what was asked for, to the last digit.
    const double scaled = value == before ? lr : value * factor;
    if (!(scaled > 0 && scaled <= largest_lr))
      throw core::UserError({.attempted = "set the learning rate to " + shortest_text(lr),
                             .found = core::concatenate("all rates keep their ratio to it, and ", key, " would be ",
                                                        shortest_text(scaled)),
                             .allowed = core::concatenate("rates in (0, ", largest_lr, "]"),
                             .remedy = "choose a rate nearer to the recipe's, which is " + shortest_text(before)});
    value = scaled;
  };
  // Under one_cycle the keys of the groups count by their ratio to optimizer.lr alone.
  if (is_one_cycle(recipe)) return scale("schedule.max_lr", recipe.schedule.max_lr);
  for (const Rate& rate : rates_of(recipe))
    if (rate.value > 0) scale(rate.key, rate.value);
}

double parse_learning_rate(const std::string& text) {
  std::optional<double> lr = parse_number(text);
  if (!lr) lr = parse_fraction(text);
  const Field& field = *find_field("optimizer.lr");
  if (!lr || !field.range.contains(*lr))
    throw core::UserError({.attempted = "set the learning rate to '" + text + "'",
                           .found = lr ? "it is " + shortest_text(*lr) : "text that is no number",
                           .allowed = allowed_values(field)});
  return *lr;
}

}  // namespace reslab::recipe
