// Recipes and errors for the tests of recipes.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <string>

#include "reslab/core/error.h"
#include "reslab/models/network.h"
#include "reslab/recipe/fields.h"

namespace reslab::recipe {

/// What `action` has to say to the user; a failed test when it says nothing.
template <typename Action>
core::ErrorParts error_of(Action action) {
  try {
    action();
  } catch (const core::UserError& error) {
    return error.parts();
  }
  ADD_FAILURE() << "no error for the user";
  return {};
}

/// A number within the bounds, whole where `whole`.
inline double any_number(const Range& range, bool whole) {
  const double least = std::max(range.least, -1e6), most = std::min(range.most, 1e6);
  if (whole) return static_cast<double>(*rc::gen::inRange<std::int64_t>(std::int64_t(least), std::int64_t(most) + 1));
  // 1 … 999 thousandths of the way: inside whichever bounds are included.
  return least + (most - least) * (*rc::gen::inRange(1, 1000) / 1000.0);
}

/// Any allowed value, whatever other keys hold.
inline void set_any(Recipe& recipe, const Field& field) {
  struct Set {
    Recipe& recipe;
    const Field& field;
    void operator()(const Access<bool>& access) const { access.write(recipe) = *rc::gen::arbitrary<bool>(); }
    void operator()(const Access<std::int64_t>& access) const {
      access.write(recipe) = static_cast<std::int64_t>(any_number(field.range, true));
    }
    void operator()(const Access<std::uint64_t>& access) const {
      access.write(recipe) = *rc::gen::inRange<std::uint64_t>(0, (std::uint64_t{1} << 53) + 1);
    }
    void operator()(const Access<double>& access) const { access.write(recipe) = any_number(field.range, false); }
    void operator()(const Access<std::string>& access) const {
      if (!field.choices.empty()) {
        access.write(recipe) = *rc::gen::elementOf(field.choices);
        return;
      }
      access.write(recipe) =
          *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab Z9_-.#=\"'\\[]{}/,|")));
      if (*rc::gen::arbitrary<bool>()) access.write(recipe) += "ü→";
    }
    void operator()(const Access<std::vector<double>>& access) const {
      access.write(recipe).clear();
      // One length for all lists: mean and std must agree.
      for (std::uint64_t i = 0; i < recipe.seed % 4; ++i)
        access.write(recipe).push_back(any_number(field.range, false));
    }
    void operator()(const Access<std::vector<std::string>>& access) const {
      // Drawn without putting back: asking for distinct ones can run out of choices and give up.
      std::vector<std::string> left(field.choices.begin(), field.choices.end());
      access.write(recipe).clear();
      for (auto count = *rc::gen::inRange<std::size_t>(0, left.size() + 1); count > 0; --count) {
        const auto chosen = left.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(left));
        access.write(recipe).push_back(*chosen);
        left.erase(chosen);
      }
    }
  };
  std::visit(Set{recipe, field}, field.access);
}

/// Any recipe that passes check_recipe.
inline Recipe any_recipe() {
  Recipe recipe;
  for (const Field& field : recipe_fields()) set_any(recipe, field);
  // A key takes what any network's option of its name takes; the recipe's own may take less.
  const models::NetworkKind& network = models::kind(recipe.model.name);
  for (const models::Option& option : network.options) {
    const auto* number = std::get_if<std::int64_t>(&recipe.model.values.at(option.name));
    if (number != nullptr && (double(*number) < option.least || double(*number) > option.most))
      recipe.model.values[option.name] = static_cast<std::int64_t>(option.least);
  }
  if (recipe.schedule.base_momentum > recipe.schedule.max_momentum)
    std::swap(recipe.schedule.base_momentum, recipe.schedule.max_momentum);
  if (recipe.optimizer.nesterov) recipe.optimizer.dampening = 0;
  if (recipe.averaging.start_epoch >= static_cast<double>(recipe.epochs)) recipe.averaging.start_epoch = 0;
  if (recipe.averaging.start_epoch > 0) recipe.averaging.last_epochs = 0;
  if (recipe.data.balance == "sampling") recipe.data.shuffle = true;
  auto& [policies, probabilities] = recipe.augment.one_of;
  if (policies.empty()) policies.emplace_back("pad");
  if (probabilities.size() != policies.size()) probabilities.clear();
  for (double& probability : probabilities) probability /= static_cast<double>(probabilities.size());
  // What isn't empty must be a layer's name where a network is made of it.
  recipe.optimizer.freeze.clear();
  recipe.optimizer.freeze_epochs = 0;
  if (recipe.data.holdout == 0) recipe.early_stopping.patience = 0;
  for (std::size_t i = 0; i < recipe.resolution.epochs.size(); ++i) {
    recipe.resolution.epochs[i] = 3.0 * static_cast<double>(i);
    recipe.resolution.sides[i] = std::ceil(recipe.resolution.sides[i]);
  }
  return recipe;
}

}  // namespace reslab::recipe
