// The policies that recipes name, each with the table of its options: augment.NAME.OPTION.
//
//   const std::unique_ptr<augment::Policy> pad = augment::kind("pad").make(settings, normalizer);
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reslab/augment/normalize.h"
#include "reslab/augment/policy.h"
#include "reslab/core/option.h"

namespace reslab::augment {

struct PolicyKind {
  std::string name;                   ///< Policy::name
  std::vector<core::Option> options;  ///< in the order in which they are shown
  /// Throws UserError where options don't go together. Some policies take a colour from the normaliser's mean.
  std::unique_ptr<Policy> (*make)(const core::Settings& settings, const Normalizer& normalizer);
  bool sized = false;  ///< height and width of 0 stand for the size to which pictures are brought
};

/// All that there are, in the order in which they are offered.
const std::deque<PolicyKind>& kinds();

/// Adds one that the program doesn't bring. Requires: a new name, and no recipe was read before. Not thread-safe.
void add(PolicyKind kind);

std::vector<std::string> names();

/// nullptr when there is none of this name.
const PolicyKind* find_kind(std::string_view name);

}  // namespace reslab::augment
