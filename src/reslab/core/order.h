// An order of measured values in which NaN has a place: the last one, whether the list begins at the lowest or at the
// highest value. `<` alone is no order once a value is NaN, and an algorithm that is given none may run past its range.
//
//   std::ranges::stable_sort(mistakes, core::highest_first, &Mistake::loss);
//   // An extreme is what comes first in its order, so that it is NaN only where all values are:
//   const auto best = std::ranges::min_element(epochs, core::highest_first, &EpochRow::test_accuracy);
#pragma once

#include <cmath>

namespace reslab::core {

/// Whether a comes before b, the lowest first. A strict weak order over all numbers, infinities and NaN included.
inline constexpr auto lowest_first = [](double a, double b) { return a < b || (std::isnan(b) && !std::isnan(a)); };

/// The same, the highest first.
inline constexpr auto highest_first = [](double a, double b) { return a > b || (std::isnan(b) && !std::isnan(a)); };

/// Whether they share a place in these orders: NaN is equal to NaN here.
inline bool same_place(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace reslab::core
