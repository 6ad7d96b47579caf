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

namespace reslab::core {

/// What the numbers are for. Two streams never share a number. Values are part of the format of a run: never renumber.
enum class Stream : std::uint32_t {
  initialise = 0,  ///< sample = index of the layer, among those with parameters
  shuffle = 1,     ///< sample = 0
  split = 2,       ///< epoch = sample = 0
  augment = 16,    ///< + index of the policy in its pipeline (below 240); sample = sample id
  test = 256,
  kills = 257,  ///< when cli/killed_training.h kills; epoch = the run
};

/// Names one sequence of random numbers.
struct RandomKey {
  std::uint64_t seed = 0;
  Stream stream = Stream::test;
  std::uint32_t epoch = 0;
  std::uint32_t sample = 0;
};

/// One block of Philox4x32-10. counter and key in, four independent uniform 32-bit words out.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// The sequence that a key names. Cheap to make; not thread-safe, make one a thread.
class Random {
 public:
  explicit Random(const RandomKey& key) : key_(key) {}

  /// Uniform over all 32-bit words.
  std::uint32_t next();

  /// Uniform integer in [0, bound); bound ≥ 1. Unbiased (Lemire, "Fast random integer generation in an interval",
  /// 2019).
  std::uint32_t below(std::uint32_t bound);

  /// Uniform in [0, 1), 24 bits.
  float uniform();

  /// Uniform in [low, high).
  float uniform(float low, float high) { return low + (high - low) * uniform(); }

  /// Standard normal (Box–Muller).
  float normal();

  /// True with the given probability in [0, 1]. Always draws one number.
  bool chance(double probability);

  const RandomKey& key() const { return key_; }

 private:
  RandomKey key_;
  std::uint32_t block_ = 0;
  unsigned used_ = 4;  // words of buffer_ already given out
  std::array<std::uint32_t, 4> buffer_{};
};

}  // namespace reslab::core
