// The classes of a data set, by name: those of its training split, in the order of their bytes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reslab/pictures/assign.h"
#include "reslab/pictures/gather.h"

namespace reslab::pictures {

struct Classes {
  std::vector<std::string> names;
  std::vector<std::int32_t> of_label;  ///< of each of Gathered::labels the place in `names`, or −1: unknown to training
};

/// `given`: names that a network knows, in its own order; empty: those of the training split. Throws UserError for
/// fewer than two.
Classes choose_classes(const Gathered& found, std::span<const Split> splits, const std::vector<std::string>& given,
                       const std::string& root);

/// Findings about folders without pictures, classes with fewer than three pictures, and splits that lack a class.
/// Those that are about splits are left out for pictures that are divided later (options.pool).
Findings check_classes(const Gathered& found, std::span<const Split> splits, const Classes& classes,
                       const Listing& listing, const SplitOptions& options);

}  // namespace reslab::pictures
