// The split of every picture: as a folder, a list or an earlier run gives it, by hash where nobody does.
//
// | given                | what happens                                                                        |
// | nothing, train alone | all pictures are split by their hash, or exactly per class                          |
// | train, test          | a hold-out is taken from train by the hash; every class keeps a training picture    |
// | train, validation    | validation is the hold-out; no untouched test split exists                          |
// | train, both          | as given                                                                            |
// | no train             | as given: for a network that was trained elsewhere                                  |
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reslab/pictures/gather.h"
#include "reslab/pictures/split.h"

namespace reslab::pictures {

struct SplitOptions {
  Shares shares = {};
  std::uint64_t seed = 0;
  bool exact = false;                 ///< stratified (balanced.h), instead of each picture by itself
  double holdout = 0.1;               ///< of train, where train and test are given; in [0, 1)
  const Listing* previous = nullptr;  ///< an earlier splits.csv (split_file.h): its pictures keep their splits
  bool pool = false;                  ///< all are training pictures, whatever is given: PictureOptions::pool
};

struct AssignedSplits {
  std::vector<Split> splits;  ///< of each picture
  std::string text;           ///< where they come from: a sentence
  Findings findings;
};

/// Pictures of one group, and equal ones, share their split wherever it isn't given. With an earlier splits.csv,
/// contents in it keep theirs wherever they lie now, and so do paths for which it has no hash; new pictures, those with
/// a new content at a known path included, go where their group or an equal picture is, else by the hash (never
/// exactly).
AssignedSplits assign_splits(const Gathered& found, const SplitOptions& options);

}  // namespace reslab::pictures
