#include "reslab/recipe/flips.h"

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"

namespace reslab::recipe {
namespace {

struct Way {
  std::string name;
  std::vector<std::string> policies;
};

const std::vector<Way>& ways() {
  static const std::vector<Way> all{{"none", {}},
                                    {"horizontal", {"horizontal_flip"}},
                                    {"both", {"horizontal_flip", "vertical_flip"}},
                                    {"dihedral", {"dihedral"}}};
  return all;
}

bool is_flip(std::string_view policy) {
  constexpr std::string_view flips[] = {"horizontal_flip", "alternating_flip", "vertical_flip", "dihedral"};
  return std::ranges::find(flips, policy) != std::end(flips);
}

// What the others would share of a flip's probability, they don't get: it is then for no policy at all.
void remove_flips(AugmentOptions& augment) {
  auto& [policies, probabilities] = augment.one_of;
  if (std::ranges::none_of(policies, is_flip)) return;
  if (probabilities.empty()) probabilities.assign(policies.size(), 1.0 / static_cast<double>(policies.size()));
  for (std::size_t i = policies.size(); i-- > 0;) {
    if (!is_flip(policies[i])) continue;
    policies.erase(policies.begin() + static_cast<std::ptrdiff_t>(i));
    probabilities.erase(probabilities.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (policies.empty()) std::erase(augment.policies, "one_of");
}

}  // namespace

std::vector<std::string> flip_names() {
  std::vector<std::string> names;
  for (const Way& way : ways()) names.push_back(way.name);
  return names;
}

std::string where_it_mirrors(const Recipe& recipe) {
  const auto& used = recipe.augment;
  const bool training =
      recipe.data.overfit_batches == 0 && (used.uses("horizontal_flip") || used.uses("alternating_flip") ||
                                           used.uses("vertical_flip") || used.uses("dihedral"));
  const bool test = recipe.evaluation.views != "one";
  if (training) return test ? "in training and at the last test" : "in training";
  return test ? "at the last test" : "";
}

void set_flip(Recipe& recipe, const std::string& name, bool views_too) {
  const auto way = std::ranges::find(ways(), name, &Way::name);
  if (way == ways().end())
    throw core::UserError({.attempted = "set --flip to '" + name + "'",
                           .found = "no way of mirroring that is called so",
                           .allowed = core::join(flip_names()),
                           .remedy = core::did_you_mean(name, flip_names())});
  std::vector<std::string>& policies = recipe.augment.policies;
  const auto first = std::ranges::find_if(policies, is_flip) - policies.begin();
  std::erase_if(policies, is_flip);
  policies.insert(policies.begin() + first, way->policies.begin(), way->policies.end());
  remove_flips(recipe.augment);
  if (name == "none" && views_too) recipe.evaluation.views = "one";
}

}  // namespace reslab::recipe
