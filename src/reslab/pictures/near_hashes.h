// All pairs of 64-bit hashes that differ in a few bits, without comparing each with each.
//
//   for_near_hashes(hashes, 6, [&](std::uint32_t a, std::uint32_t b) { … });
//
// Hashes are cut into four bands of 16 bits. Where two differ in at most 7 bits, one of the four bands differs in one
// bit at most, so that it is enough to look at the hashes that share a band with one of the 17 neighbours of it. For
// 100,000 random hashes that is about 100 comparisons a hash in place of 100,000.
//
// Source: Norouzi, Punjani, Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace reslab::pictures {

constexpr int most_hash_distance = 7;

/// Calls visit(a, b), a < b, places in `hashes`, for every pair whose Hamming distance is at most `distance`, each
/// once, ordered by a, and for one a by b. Requires: `distance` in [0, most_hash_distance]; the hashes are distinct, as
/// many equal ones would make a pair each: group those beforehand. It takes 20 bytes a hash.
void for_near_hashes(std::span<const std::uint64_t> hashes, int distance,
                     const std::function<void(std::uint32_t, std::uint32_t)>& visit);

}  // namespace reslab::pictures
