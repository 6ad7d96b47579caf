#include "reslab/pictures/near_hashes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <chrono>
#include <functional>
#include <iostream>
#include <set>
#include <utility>
#include <vector>

#include "reslab/core/random.h"

namespace reslab::pictures {
namespace {

using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

Pairs found_pairs(const std::vector<std::uint64_t>& hashes, int distance) {
  Pairs pairs;
  for_near_hashes(hashes, distance, [&](std::uint32_t a, std::uint32_t b) { pairs.emplace_back(a, b); });
  return pairs;
}

Pairs all_pairs(const std::vector<std::uint64_t>& hashes, int distance) {
  Pairs pairs;
  for (std::uint32_t a = 0; a < hashes.size(); ++a)
    for (std::uint32_t b = a + 1; b < hashes.size(); ++b)
      if (std::popcount(hashes[a] ^ hashes[b]) <= distance) pairs.emplace_back(a, b);
  return pairs;
}

std::uint64_t random_hash(core::Random& random) {
  return std::uint64_t{random.below(1U << 16)} << 48 | std::uint64_t{random.below(1U << 16)} << 32 |
         std::uint64_t{random.below(1U << 16)} << 16 | random.below(1U << 16);
}

// Hashes of which many are a few bits from another, wherever the bits lie: random ones alone would hardly ever be.
std::vector<std::uint64_t> crowded_hashes(core::Random& random, std::size_t count) {
  std::set<std::uint64_t> seen;
  std::vector<std::uint64_t> hashes;
  while (hashes.size() < count) {
    std::uint64_t hash = random_hash(random);
    if (!hashes.empty() && random.below(4) != 0) {
      hash = hashes[random.below(static_cast<std::uint32_t>(hashes.size()))];
      for (std::uint32_t flips = random.below(10); flips > 0; --flips) hash ^= std::uint64_t{1} << random.below(64);
    }
    if (seen.insert(hash).second) hashes.push_back(hash);
  }
  return hashes;
}

RC_GTEST_PROP(NearHashes, are_those_that_comparing_each_with_each_finds, (std::uint64_t seed)) {
  core::Random random({.seed = seed});
  const std::vector<std::uint64_t> hashes = crowded_hashes(random, random.below(300));
  for (int distance = 0; distance <= most_hash_distance; ++distance)
    RC_ASSERT(found_pairs(hashes, distance) == all_pairs(hashes, distance));
  RC_TAG(all_pairs(hashes, most_hash_distance).empty() ? "none" : "some");
}

TEST(NearHashes, AreFoundWhereverTheirBitsDiffer) {
  for (int first = 0; first < 64; ++first) {
    // Seven bits, spread over all four bands.
    std::uint64_t other = 0;
    for (int i = 0; i < 7; ++i) other |= std::uint64_t{1} << ((first + 9 * i) % 64);
    EXPECT_EQ(found_pairs({0, other}, 7), (Pairs{{0, 1}})) << first;
    EXPECT_TRUE(found_pairs({0, other}, 6).empty()) << first;
  }
}

TEST(NearHashes, OfNoneOrOneAreNone) {
  EXPECT_TRUE(found_pairs({}, 6).empty());
  EXPECT_TRUE(found_pairs({5}, 6).empty());
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Each with each would be 5·10⁹ comparisons, and more than ten times the time.
TEST(NearHashes, OfAHundredThousandTakeAPartOfTheTime) {
  core::Random random({.seed = 1});
  const std::vector<std::uint64_t> hashes = crowded_hashes(random, 100'000);
  std::size_t pairs = 0;
  const double search =
      seconds_of([&] { for_near_hashes(hashes, 6, [&](std::uint32_t /*a*/, std::uint32_t /*b*/) { ++pairs; }); });
  EXPECT_GT(pairs, 10'000U);
  constexpr std::size_t part = 50;
  std::size_t compared = 0;
  const double some = seconds_of([&] {
    for (std::size_t a = 0; a < hashes.size() / part; ++a)
      for (std::size_t b = 0; b < hashes.size() / 2; ++b) compared += std::popcount(hashes[a] ^ hashes[b]) <= 6;
  });
  EXPECT_GT(compared, 0U);
  EXPECT_LT(search, some * part / 3);
  std::cout << search << " s, each with each " << some * part << " s, " << pairs << " pairs\n";
}

}  // namespace
}  // namespace reslab::pictures
