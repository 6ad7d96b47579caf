#include "reslab/pictures/near_hashes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "reslab/core/error.h"

namespace reslab::pictures {
namespace {

constexpr int bands = 4, band_bits = 16;
constexpr std::size_t band_values = std::size_t{1} << band_bits;

std::size_t band_of(std::uint64_t hash, int band) { return (hash >> (band * band_bits)) & (band_values - 1); }

// The places of hashes by the value of one of their bands.
class BandIndex {
 public:
  BandIndex(std::span<const std::uint64_t> hashes, int band) : begin_(band_values + 1), places_(hashes.size()) {
    for (const std::uint64_t hash : hashes) ++begin_[band_of(hash, band) + 1];
    for (std::size_t value = 0; value < band_values; ++value) begin_[value + 1] += begin_[value];
    std::vector<std::uint32_t> next(begin_.begin(), begin_.end() - 1);
    for (std::uint32_t place = 0; place < hashes.size(); ++place) places_[next[band_of(hashes[place], band)]++] = place;
  }

  // Ascending.
  std::span<const std::uint32_t> with(std::size_t value) const {
    return std::span(places_).subspan(begin_[value], begin_[value + 1] - begin_[value]);
  }

 private:
  std::vector<std::uint32_t> begin_, places_;
};

}  // namespace

void for_near_hashes(std::span<const std::uint64_t> hashes, int distance,
                     const std::function<void(std::uint32_t, std::uint32_t)>& visit) {
  RESLAB_ASSERT(distance >= 0 && distance <= most_hash_distance, distance);
  std::vector<BandIndex> indices;
  indices.reserve(bands);
  for (int band = 0; band < bands; ++band) indices.emplace_back(hashes, band);
  std::vector<std::uint32_t> near;
  for (std::uint32_t a = 0; a < hashes.size(); ++a) {
    near.clear();
    const auto look_at = [&](std::span<const std::uint32_t> places) {
      // Each pair is found from the one of its two that comes first.
      for (auto b = std::ranges::upper_bound(places, a); b != places.end(); ++b)
        if (std::popcount(hashes[a] ^ hashes[*b]) <= distance) near.push_back(*b);
    };
    for (int band = 0; band < bands; ++band) {
      const BandIndex& index = indices[static_cast<std::size_t>(band)];
      const std::size_t value = band_of(hashes[a], band);
      look_at(index.with(value));
      // With at most three bits in all, one of the four bands is equal.
      if (distance >= bands)
        for (int bit = 0; bit < band_bits; ++bit) look_at(index.with(value ^ (std::size_t{1} << bit)));
    }
    std::ranges::sort(near);
    near.erase(std::unique(near.begin(), near.end()), near.end());
    for (const std::uint32_t b : near) visit(a, b);
  }
}

}  // namespace reslab::pictures
