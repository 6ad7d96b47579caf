// Splits and folds that hold the share of every class, to within rounding: the stratified alternatives to split.h's
// place(). Both go through the units in the order of their places by hash, so that the result depends on the set of
// pictures and the seed alone; but one picture more or less can move others.
//
//   std::vector<Split> of_unit = split_exactly({.units = units, .labels = labels}, seed, shares);
//   std::vector<int> of_unit = assign_folds({.units = units, .labels = labels}, seed, 5);
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "reslab/pictures/split.h"
#include "reslab/pictures/units.h"

namespace reslab::pictures {

struct Stratified {
  const Units& units;
  std::span<const std::int32_t> labels;  ///< of each picture, ≥ 0
};

/// The split of each unit. Of n pictures of a class, a split with the share p gets p·n, rounded to one of the two whole
/// numbers beside it by the largest remainder; but every split with a share gets one where n is at least their number,
/// the largest giving it up. Where units have several pictures this holds as nearly as they allow: validation and test
/// take a unit only where that brings the classes nearer to their numbers.
std::vector<Split> split_exactly(const Stratified& pictures, std::uint64_t seed, const Shares& shares);

/// The whole numbers that split_exactly aims at, of n pictures of one class.
std::array<std::int64_t, split_count> exact_counts(std::int64_t n, const Shares& shares);

/// The fold of each unit, in [0, folds); folds ≥ 2. Each unit goes to the fold that has the fewest pictures of its
/// classes so far, the largest units first: without units of several pictures, the folds' numbers of each class differ
/// by one at most.
std::vector<int> assign_folds(const Stratified& pictures, std::uint64_t seed, int folds);

}  // namespace reslab::pictures
