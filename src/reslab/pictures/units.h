// Pictures that must not be parted: those of a group, and those of equal content. A unit goes into one split, or into
// one fold, as a whole.
//
//   const Units units = unite(hashes, groups, group_names);
//   units.keys[units.of[i]]                                    // decides the split of picture i
//
// Units are the connected components of pictures that share a group or a content: where equal pictures lie in two
// groups, these groups become one. The unit is then decided by the group whose name is the first in the order of bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "reslab/pictures/content_hash.h"

namespace reslab::pictures {

struct Units {
  std::vector<std::uint32_t> of;  ///< the unit of each picture; units count from 0
  std::vector<std::string> keys;  ///< of each unit: group_key or content_key (split.h)
  std::vector<std::vector<std::string>>
      merged;  ///< names of groups that equal pictures unite, two or more each, sorted

  std::size_t size() const { return keys.size(); }
};

/// `groups`: of each picture the place in `group_names`, or −1 for none. The keys depend on the set of pictures alone,
/// not on their order.
Units unite(std::span<const ContentHash> hashes, std::span<const std::int32_t> groups,
            std::span<const std::string> group_names);

}  // namespace reslab::pictures
