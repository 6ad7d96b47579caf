#include "reslab/core/random.h"

#include <cmath>
#include <numbers>

#include "reslab/core/error.h"

namespace reslab::core {
namespace {

struct Product {
  std::uint32_t high, low;
};

constexpr Product multiply(std::uint32_t a, std::uint32_t b) {
  const std::uint64_t product = std::uint64_t{a} * b;
  return {static_cast<std::uint32_t>(product >> 32), static_cast<std::uint32_t>(product)};
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  constexpr int rounds = 10;
  for (int round = 0; round < rounds; ++round) {
    const Product first = multiply(0xD2511F53U, counter[0]);
    const Product second = multiply(0xCD9E8D57U, counter[2]);
    counter = {second.high ^ counter[1] ^ key[0], second.low, first.high ^ counter[3] ^ key[1], first.low};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

std::uint32_t Random::next() {
  if (used_ == buffer_.size()) {
    buffer_ = philox4x32({block_++, key_.sample, key_.epoch, static_cast<std::uint32_t>(key_.stream)},
                         {static_cast<std::uint32_t>(key_.seed), static_cast<std::uint32_t>(key_.seed >> 32)});
    used_ = 0;
  }
  return buffer_[used_++];
}

std::uint32_t Random::below(std::uint32_t bound) {
  RESLAB_ASSERT(bound >= 1);
  std::uint64_t product = std::uint64_t{next()} * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t threshold = (0U - bound) % bound;
    while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{next()} * bound;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

float Random::uniform() { return static_cast<float>(next() >> 8) * 0x1p-24F; }

float Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log((next() + 1.0) * 0x1p-32));
  const double angle = 2.0 * std::numbers::pi * (next() * 0x1p-32);
  return static_cast<float>(radius * std::cos(angle));
}

bool Random::chance(double probability) { return next() * 0x1p-32 < probability; }

}  // namespace reslab::core
