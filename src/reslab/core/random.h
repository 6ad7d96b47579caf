// Counter-based random numbers: a value is a pure function of (seed, stream, epoch, sample, position), so a batch does
// not depend on the number of threads, on ranks, or on where a run was interrupted.
//
//   core::Random random({.seed = 1, .stream = core::Stream::augment, .epoch = 3, .sample = 41});
//   int top = random.below(9);       // 0 … 8
//   bool flip = random.chance(0.5);
//
// Source: Philox4x32-10, Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cstdint>

#include "reslab/core/error.h"
#include "reslab/core/host_device.h"

namespace reslab::core {

/// What the numbers are for. Two streams never share a number. Values are part of the format of a run: never renumber.
enum class Stream : std::uint32_t {
  initialise = 0,  ///< sample = index of the layer, among those with parameters
  shuffle = 1,     ///< sample = 0
  split = 2,       ///< epoch = sample = 0
  augment = 16,    ///< + index of the policy in its pipeline (below 240); sample = sample id
  test = 256,
  kills = 257,  ///< when verify/killed_training.h kills; epoch = the run
};

/// Names one sequence of random numbers.
struct RandomKey {
  std::uint64_t seed = 0;
  Stream stream = Stream::test;
  std::uint32_t epoch = 0;
  std::uint32_t sample = 0;
};

/// One block of Philox4x32-10. counter and key in, four independent uniform 32-bit words out.
RESLAB_HOST_DEVICE constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                                     std::array<std::uint32_t, 2> key) {
  constexpr int rounds = 10;
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t first = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t second = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {static_cast<std::uint32_t>(second >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(second),
               static_cast<std::uint32_t>(first >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(first)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

/// The sequence that a key names. Cheap to make; not thread-safe, make one a thread. All but normal() can be used on a
/// GPU, with the same results.
class Random {
 public:
  RESLAB_HOST_DEVICE explicit Random(const RandomKey& key) : key_(key) {}

  /// Uniform over all 32-bit words.
  RESLAB_HOST_DEVICE std::uint32_t next() {
    if (used_ == 4) {
      buffer_ = philox4x32({block_++, key_.sample, key_.epoch, static_cast<std::uint32_t>(key_.stream)},
                           {static_cast<std::uint32_t>(key_.seed), static_cast<std::uint32_t>(key_.seed >> 32)});
      used_ = 0;
    }
    return buffer_[used_++];
  }

  /// Uniform integer in [0, bound); bound ≥ 1. Unbiased (Lemire, "Fast random integer generation in an interval",
  /// 2019).
  RESLAB_HOST_DEVICE std::uint32_t below(std::uint32_t bound) {
#ifndef __CUDA_ARCH__
    RESLAB_ASSERT(bound >= 1);
#endif
    std::uint64_t product = std::uint64_t{next()} * bound;
    if (static_cast<std::uint32_t>(product) < bound) {
      const std::uint32_t threshold = (0U - bound) % bound;
      while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{next()} * bound;
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

  /// Uniform in [0, 1), 24 bits.
  RESLAB_HOST_DEVICE float uniform() { return static_cast<float>(next() >> 8) * 0x1p-24F; }

  /// Uniform in [low, high).
  RESLAB_HOST_DEVICE float uniform(float low, float high) { return low + (high - low) * uniform(); }

  /// Standard normal (Box–Muller).
  float normal();

  /// True with the given probability in [0, 1]. Always draws one number.
  RESLAB_HOST_DEVICE bool chance(double probability) { return next() * 0x1p-32 < probability; }

  RESLAB_HOST_DEVICE const RandomKey& key() const { return key_; }

 private:
  RandomKey key_;
  std::uint32_t block_ = 0;
  unsigned used_ = 4;  // words of buffer_ already given out
  std::array<std::uint32_t, 4> buffer_{};
};

}  // namespace reslab::core
