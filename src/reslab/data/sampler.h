// The order of samples in an epoch, and how it is cut into batches: pure functions of (seed, epoch), so that an
// interrupted epoch goes on at any batch.
//
//   data::Sampler sampler({.samples = 50'000, .batch_size = 512, .shuffle = true, .seed = 1});
//   auto order = sampler.order(3);
//   auto [begin, end] = sampler.batch(97);    // 49'664 … 50'000: order[begin, end) is the last batch, of 336
#pragma once

#include <cstdint>
#include <vector>

namespace reslab::data {

struct SamplerOptions {
  std::int64_t samples = 0;        ///< in [1, 2^32)
  std::int64_t batch_size = 512;   ///< samples, ≥ 1
  bool shuffle = true;             ///< else in order, in every epoch
  bool drop_last = false;          ///< leave out an epoch's last batch when it isn't full
  bool join_last = false;          ///< an epoch's last batch of one sample joins the batch before it, if there is one
  std::int64_t limit_batches = 0;  ///< only an epoch's first so many batches; 0 for all
  std::uint64_t seed = 0;
};

/// Places of an epoch's order, begin included, end not.
struct BatchRange {
  std::int64_t begin = 0, end = 0;

  std::int64_t size() const { return end - begin; }
};

class Sampler {
 public:
  /// Throws UserError when an option is out of range, or drop_last leaves no batch at all.
  explicit Sampler(const SamplerOptions& options);

  /// Batches in an epoch.
  std::int64_t batches() const;

  /// Where batch `index`, in [0, batches()), lies in the epoch's order.
  BatchRange batch(std::int64_t index) const;

  /// A permutation of 0 … samples − 1: Fisher–Yates with the stream `shuffle`. epoch is in [0, 2^32).
  std::vector<std::int64_t> order(std::int64_t epoch) const;

 private:
  bool joins_last() const;

  SamplerOptions options_;
};

}  // namespace reslab::data
