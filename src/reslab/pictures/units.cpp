#include "reslab/pictures/units.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "reslab/core/error.h"
#include "reslab/pictures/split.h"

namespace reslab::pictures {
namespace {

// Union by the smaller index, with halving of paths.
class Components {
 public:
  explicit Components(std::size_t size) : above_(size) { std::iota(above_.begin(), above_.end(), 0U); }

  std::uint32_t top(std::uint32_t i) {
    while (above_[i] != i) i = above_[i] = above_[above_[i]];
    return i;
  }

  void join(std::uint32_t a, std::uint32_t b) {
    a = top(a);
    b = top(b);
    above_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::uint32_t> above_;
};

}  // namespace

Units unite(std::span<const ContentHash> hashes, std::span<const std::int32_t> groups,
            std::span<const std::string> group_names) {
  RESLAB_ASSERT(hashes.size() == groups.size());
  const auto count = static_cast<std::uint32_t>(hashes.size());
  Components components(count);
  std::unordered_map<ContentHash, std::uint32_t, ContentHasher> first_with;
  std::vector<std::int64_t> first_of_group(group_names.size(), -1);
  for (std::uint32_t i = 0; i < count; ++i) {
    components.join(i, first_with.try_emplace(hashes[i], i).first->second);
    if (groups[i] < 0) continue;
    std::int64_t& first = first_of_group.at(static_cast<std::size_t>(groups[i]));
    if (first < 0) first = i;
    components.join(i, static_cast<std::uint32_t>(first));
  }
  Units units{.of = std::vector<std::uint32_t>(count)};
  std::vector<std::vector<std::string>> names;  // of the groups in each unit
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t top = components.top(i);
    if (top == i) {
      units.of[i] = static_cast<std::uint32_t>(names.size());
      names.emplace_back();
      // A component without a group has one content.
      units.keys.push_back(content_key(hashes[i]));
    } else {
      units.of[i] = units.of[top];
    }
  }
  for (std::size_t g = 0; g < group_names.size(); ++g)
    if (first_of_group[g] >= 0) names[units.of[static_cast<std::size_t>(first_of_group[g])]].push_back(group_names[g]);
  for (std::size_t unit = 0; unit < names.size(); ++unit) {
    if (names[unit].empty()) continue;
    std::ranges::sort(names[unit]);
    units.keys[unit] = group_key(names[unit].front());
    if (names[unit].size() > 1) units.merged.push_back(std::move(names[unit]));
  }
  std::ranges::sort(units.merged);
  return units;
}

}  // namespace reslab::pictures
