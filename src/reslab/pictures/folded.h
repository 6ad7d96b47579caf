// Pictures divided for cross-validation: each is in the test split of one fold, and in the training split (or the
// hold-out) of all others.
//
//   const PictureSet set = find_usable({.pictures = {.data = "photos", .pool = true}, …});   // open.h
//   const Folded folded(set, {.folds = 5, .seed = 0});
//   const std::string splits = splits_csv(folded.fold(0));   // as a run keeps them
//
// Folds are stratified by class; pictures of one group, and equal ones, are never on both sides (balanced.h). They
// depend on the pictures and the seed alone. The hold-out, where one is wanted, is a tenth of each class's training
// pictures, drawn anew in each fold as split_exactly draws it, groups and equal pictures together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reslab/pictures/picture_set.h"

namespace reslab::pictures {

inline constexpr int fewest_folds = 2, most_folds = 20;

struct FoldOptions {
  int folds = 5;           ///< in [fewest_folds, most_folds]
  std::uint64_t seed = 0;  ///< of the division, and of hold-outs
  bool holdout = false;    ///< a part of the training pictures becomes the validation split
};

class Folded {
 public:
  /// Throws UserError for more folds than there are groups (or pictures outside of groups) to go round, and where all
  /// pictures of a class are in one fold: when it is held, none is left to train on.
  Folded(PictureSet set, const FoldOptions& options);

  int count() const { return options_.folds; }
  /// As it was given, with a finding on classes that are in some folds only, and on groups that equal pictures unite.
  const PictureSet& set() const { return set_; }
  /// Of each picture, by id, in [0, count()).
  const std::vector<int>& fold_of() const { return fold_of_; }

  /// The pictures with their splits while fold `held` is tested. Throws UserError where a hold-out is wanted and takes
  /// all pictures of a class, or none can be taken.
  PictureSet fold(int held) const;

  /// path,label,group,hash,fold: a row a picture, in the order of ids; folds count from 1.
  std::string csv() const;

 private:
  void report_scarce_classes();
  void hold_out(PictureSet& set) const;

  PictureSet set_;
  FoldOptions options_;
  std::vector<int> fold_of_;
};

}  // namespace reslab::pictures
