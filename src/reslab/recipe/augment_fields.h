// The options of policies as keys of a recipe, from the tables of augment::kinds().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reslab/recipe/fields.h"

namespace reslab::recipe {

/// augment.policies, and augment.POLICY.OPTION for all policies that there are.
std::vector<Field> augment_fields();

/// Of a field of a policy's option: whether the recipe names the policy, or sets the option to another value than the
/// initial one.
bool policy_says_something(const Recipe& recipe, const Field& field);

}  // namespace reslab::recipe
