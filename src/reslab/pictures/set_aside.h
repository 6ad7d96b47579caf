// Pictures that belong to the data set and to none of its splits: a given test split while the others are divided into
// folds. Nothing is trained on them, and no figure counts them; splits.csv keeps them as "unused", so that they stay
// out at the next start.
#pragma once

#include <string_view>

#include "reslab/pictures/gather.h"

namespace reslab::pictures {

inline constexpr std::string_view set_aside_word = "unused";       ///< in place of a split, in splits.csv
inline constexpr std::string_view set_aside_reason = "set-aside";  ///< LeftOut::reason

/// Moves the pictures whose given split is test to those that are left out, and their folders out of the listing's. A
/// note says how many.
void set_given_test_aside(Listing& listing, Gathered& found);

/// The same for those that an earlier splits.csv has as unused: by path, or by content at a path that it doesn't have.
/// They leave `previous` as well.
void set_aside_again(Listing& listing, Gathered& found, Listing& previous);

}  // namespace reslab::pictures
