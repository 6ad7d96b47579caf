// Pictures of a data set that are equal, to the byte, or look alike: within a class and a split, and across them.
//
//   const Alike alike = find_alike(set, looks);
//   if (alike.near.test_seen > 0) say("test pictures that training knows");
//
// Equal pictures with different labels are none of the set's any more (finding "two-labels"), and aren't in here.
#pragma once

#include <cstdint>
#include <vector>

#include "reslab/pictures/looks.h"

namespace reslab::pictures {

/// Pictures of which each is equal to, or looks like, another one of the group: all that are so directly, or through
/// others.
struct AlikeGroup {
  std::vector<std::uint32_t> ids;  ///< two or more, ascending
  bool across_splits = false;      ///< a picture of test, and one of train or validation, are among them
  bool across_classes = false;
};

struct AlikePictures {
  /// Those across splits or classes first, then by their first id.
  std::vector<AlikeGroup> groups;
  std::vector<std::uint32_t> test_seen;        ///< test pictures of groups that have one of train or validation too
  std::vector<std::uint32_t> labels_disagree;  ///< pictures of groups that have several classes
};

struct Alike {
  AlikePictures equal;      ///< to the byte
  AlikePictures near;       ///< that look alike (look.h), and aren't equal to the byte; copies of them included
  std::int64_t copies = 0;  ///< pictures that are equal to another, but for one of each
  std::int64_t plain = 0;   ///< pictures of one tone, which have no look to compare
};

/// `looks` has every content of the set.
Alike find_alike(const PictureSet& set, const LooksByContent& looks);

}  // namespace reslab::pictures
