#include "reslab/pictures/alike.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <unordered_map>

#include "reslab/pictures/near_hashes.h"

namespace reslab::pictures {
namespace {

using Ids = std::vector<std::uint32_t>;

// Places that were joined, directly or through others, have one root.
class JoinedPlaces {
 public:
  explicit JoinedPlaces(std::size_t count) : above_(count) { std::iota(above_.begin(), above_.end(), 0U); }

  std::uint32_t root_of(std::uint32_t place) {
    while (above_[place] != place) place = above_[place] = above_[above_[place]];
    return place;
  }

  void join(std::uint32_t a, std::uint32_t b) {
    const std::uint32_t first = root_of(a), second = root_of(b);
    above_[std::max(first, second)] = std::min(first, second);
  }

 private:
  Ids above_;
};

class AlikeFinder {
 public:
  AlikeFinder(const PictureSet& set, const LooksByContent& looks) : set_(set) {
    std::unordered_map<ContentHash, std::uint32_t, ContentHasher> place_of;
    for (std::uint32_t id = 0; id < set.pictures.size(); ++id) {
      const auto [place, is_new] =
          place_of.try_emplace(set.pictures[id].hash, static_cast<std::uint32_t>(contents_.size()));
      if (is_new) {
        contents_.emplace_back();
        looks_.push_back(&looks.at(set.pictures[id].hash));
      }
      contents_[place->second].push_back(id);
    }
  }

  Alike find() {
    find_equal();
    find_near();
    return std::move(found_);
  }

 private:
  bool is_test(std::uint32_t id) const { return set_.pictures[id].split == Split::test; }

  void add_group(AlikePictures& to, Ids ids) const {
    AlikeGroup group{.ids = std::move(ids)};
    std::ranges::sort(group.ids);
    const Picture& first = set_.pictures[group.ids.front()];
    for (const std::uint32_t id : group.ids) {
      group.across_splits = group.across_splits || is_test(id) != (first.split == Split::test);
      group.across_classes = group.across_classes || set_.pictures[id].label != first.label;
    }
    to.groups.push_back(std::move(group));
  }

  static void order(std::vector<AlikeGroup>& groups) {
    std::ranges::sort(groups, [](const AlikeGroup& a, const AlikeGroup& b) {
      const int weight_a = a.across_splits + a.across_classes, weight_b = b.across_splits + b.across_classes;
      return weight_a != weight_b ? weight_a > weight_b : a.ids.front() < b.ids.front();
    });
  }

  void find_equal() {
    for (const Ids& ids : contents_) {
      if (ids.size() < 2) continue;
      found_.copies += std::ssize(ids) - 1;
      add_group(found_.equal, ids);
    }
    found_.equal.test_seen = set_.test_seen_in_training;
    order(found_.equal.groups);
  }

  // Contents with one hash are compared with each other as well; one among them that is like none of the others must
  // not stand for them.
  std::vector<Ids> contents_by_hash(std::vector<std::uint64_t>& hashes) {
    std::unordered_map<std::uint64_t, std::uint32_t> place_of;
    std::vector<Ids> with;
    for (std::uint32_t content = 0; content < contents_.size(); ++content) {
      if (is_plain(*looks_[content])) {
        found_.plain += std::ssize(contents_[content]);
        continue;
      }
      const std::uint64_t hash = looks_[content]->hash;
      const auto [place, is_new] = place_of.try_emplace(hash, static_cast<std::uint32_t>(hashes.size()));
      if (is_new) {
        hashes.push_back(hash);
        with.emplace_back();
      }
      with[place->second].push_back(content);
    }
    return with;
  }

  // Contents of one group aren't compared again: of a film's frames nearly every pair would be alike.
  void compare(std::uint32_t a, std::uint32_t b) {
    if (joined_.root_of(a) != joined_.root_of(b) && are_alike(*looks_[a], *looks_[b])) joined_.join(a, b);
  }

  void find_near() {
    joined_ = JoinedPlaces(contents_.size());
    std::vector<std::uint64_t> hashes;
    const std::vector<Ids> with = contents_by_hash(hashes);
    for (const Ids& same : with)
      for (std::size_t i = 0; i < same.size(); ++i)
        for (std::size_t j = i + 1; j < same.size(); ++j) compare(same[i], same[j]);
    for_near_hashes(hashes, near_distance, [&](std::uint32_t a, std::uint32_t b) {
      for (const std::uint32_t i : with[a])
        for (const std::uint32_t j : with[b]) compare(i, j);
    });
    collect_near();
  }

  void collect_near() {
    std::vector<Ids> members(contents_.size());
    for (std::uint32_t content = 0; content < contents_.size(); ++content)
      members[joined_.root_of(content)].push_back(content);
    for (const Ids& joined : members) {
      if (joined.size() < 2) continue;
      Ids ids;
      for (const std::uint32_t content : joined)
        ids.insert(ids.end(), contents_[content].begin(), contents_[content].end());
      add_group(found_.near, std::move(ids));
    }
    order(found_.near.groups);
    for (const AlikeGroup& group : found_.near.groups) {
      if (group.across_splits)
        std::ranges::copy_if(group.ids, std::back_inserter(found_.near.test_seen),
                             [&](auto id) { return is_test(id); });
      if (group.across_classes) std::ranges::copy(group.ids, std::back_inserter(found_.near.labels_disagree));
    }
    std::ranges::sort(found_.near.test_seen);
    std::ranges::sort(found_.near.labels_disagree);
  }

  const PictureSet& set_;
  std::vector<Ids> contents_;       // ids of each content, in the order of the first
  std::vector<const Look*> looks_;  // of each content
  JoinedPlaces joined_{0};          // contents
  Alike found_;
};

}  // namespace

Alike find_alike(const PictureSet& set, const LooksByContent& looks) { return AlikeFinder(set, looks).find(); }

}  // namespace reslab::pictures
