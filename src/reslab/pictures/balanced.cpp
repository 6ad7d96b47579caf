#include "reslab/pictures/balanced.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <utility>

#include "reslab/core/error.h"

namespace reslab::pictures {
namespace {

struct ClassCount {
  std::int32_t label;
  std::int64_t pictures;
};

// The classes of each unit, in ascending order.
std::vector<std::vector<ClassCount>> contents_of(const Stratified& pictures) {
  RESLAB_ASSERT(pictures.labels.size() == pictures.units.of.size());
  std::vector<std::vector<ClassCount>> contents(pictures.units.size());
  for (std::size_t i = 0; i < pictures.labels.size(); ++i) {
    auto& content = contents[pictures.units.of[i]];
    const auto known = std::ranges::find(content, pictures.labels[i], &ClassCount::label);
    if (known == content.end())
      content.push_back({pictures.labels[i], 1});
    else
      ++known->pictures;
  }
  for (auto& content : contents) std::ranges::sort(content, {}, &ClassCount::label);
  return contents;
}

std::int64_t size_of(const std::vector<ClassCount>& content) {
  std::int64_t size = 0;
  for (const ClassCount& part : content) size += part.pictures;
  return size;
}

std::vector<std::uint32_t> by_place(const Units& units, std::uint64_t seed, std::string_view purpose) {
  std::vector<double> places;
  places.reserve(units.size());
  for (const std::string& key : units.keys) places.push_back(place_of(key, seed, purpose));
  std::vector<std::uint32_t> order(units.size());
  std::iota(order.begin(), order.end(), 0U);
  // The key decides between equal places, so that the order of the pictures never does.
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    return places[a] != places[b] ? places[a] < places[b] : units.keys[a] < units.keys[b];
  });
  return order;
}

std::size_t labels_in(const Stratified& pictures) {
  std::int32_t most = -1;
  for (const std::int32_t label : pictures.labels) {
    RESLAB_ASSERT(label >= 0);
    most = std::max(most, label);
  }
  return static_cast<std::size_t>(most + 1);
}

// Takes units for one split, in their order, while they bring the classes nearer to `wanted`.
void take_units(const std::vector<std::uint32_t>& order, const std::vector<std::vector<ClassCount>>& contents,
                std::vector<std::int64_t> wanted, Split split, std::vector<Split>& split_of) {
  for (const std::uint32_t unit : order) {
    if (split_of[unit] != Split::train) continue;
    std::int64_t nearer = 0;
    for (const ClassCount& part : contents[unit]) {
      const std::int64_t missing = wanted[static_cast<std::size_t>(part.label)];
      nearer += std::abs(missing) - std::abs(missing - part.pictures);
    }
    if (nearer <= 0) continue;
    split_of[unit] = split;
    for (const ClassCount& part : contents[unit]) wanted[static_cast<std::size_t>(part.label)] -= part.pictures;
  }
}

}  // namespace

std::array<std::int64_t, split_count> exact_counts(std::int64_t n, const Shares& shares) {
  std::array<std::int64_t, split_count> counts{};
  std::array<double, split_count> rest{};
  std::int64_t given = 0, with_share = 0;
  for (std::size_t i = 0; i < split_count; ++i) {
    const double exact = shares.part(all_splits[i]) * static_cast<double>(n);
    counts[i] = static_cast<std::int64_t>(std::floor(exact));
    rest[i] = exact - static_cast<double>(counts[i]);
    given += counts[i];
    with_share += shares.part(all_splits[i]) > 0;
  }
  for (; given < n; ++given) {
    const auto largest = std::ranges::max_element(rest);
    ++counts[static_cast<std::size_t>(largest - rest.begin())];
    *largest = -1;
  }
  if (n < with_share) return counts;
  for (std::size_t i = 0; i < split_count; ++i) {
    if (counts[i] > 0 || !(shares.part(all_splits[i]) > 0)) continue;
    --*std::ranges::max_element(counts);
    counts[i] = 1;
  }
  return counts;
}

std::vector<Split> split_exactly(const Stratified& pictures, std::uint64_t seed, const Shares& shares) {
  const auto contents = contents_of(pictures);
  const std::vector<std::uint32_t> order = by_place(pictures.units, seed, for_splits);
  std::vector<std::int64_t> sizes(labels_in(pictures));
  for (const std::int32_t label : pictures.labels) ++sizes[static_cast<std::size_t>(label)];
  std::vector<Split> split_of(pictures.units.size(), Split::train);
  // In the order of split.h's places, so that both ways put nearly the same pictures into a split.
  for (const Split split : {Split::test, Split::validation}) {
    std::vector<std::int64_t> wanted;
    wanted.reserve(sizes.size());
    for (const std::int64_t size : sizes)
      wanted.push_back(exact_counts(size, shares).at(static_cast<std::size_t>(split)));
    take_units(order, contents, std::move(wanted), split, split_of);
  }
  return split_of;
}

std::vector<int> assign_folds(const Stratified& pictures, std::uint64_t seed, int folds) {
  RESLAB_ASSERT(folds >= 2);
  const auto contents = contents_of(pictures);
  std::vector<std::uint32_t> order = by_place(pictures.units, seed, for_folds);
  std::ranges::stable_sort(order, std::greater{}, [&](std::uint32_t unit) { return size_of(contents[unit]); });
  const auto count = static_cast<std::size_t>(folds);
  std::vector<std::vector<std::int64_t>> in_fold(count, std::vector<std::int64_t>(labels_in(pictures)));
  std::vector<std::int64_t> sizes(count);
  std::vector<int> fold_of(pictures.units.size());
  for (const std::uint32_t unit : order) {
    std::size_t best = 0;
    std::pair<std::int64_t, std::int64_t> least{std::numeric_limits<std::int64_t>::max(), 0};
    for (std::size_t fold = 0; fold < count; ++fold) {
      std::int64_t alike = 0;
      for (const ClassCount& part : contents[unit])
        alike += part.pictures * in_fold[fold][static_cast<std::size_t>(part.label)];
      const std::pair load{alike, sizes[fold]};
      if (load < least) {
        least = load;
        best = fold;
      }
    }
    fold_of[unit] = static_cast<int>(best);
    sizes[best] += size_of(contents[unit]);
    for (const ClassCount& part : contents[unit]) in_fold[best][static_cast<std::size_t>(part.label)] += part.pictures;
  }
  return fold_of;
}

}  // namespace reslab::pictures
