// What a training set looks like in numbers: each channel's mean and standard deviation, and how many samples a class
// has.
//
//   const data::Statistics statistics = data::statistics(splits.train);
//   statistics.mean;  // CIFAR-10: 0.49139968 0.48215841 0.44653091
//   statistics.std;   //           0.24703223 0.24348513 0.26158784
//
// Exact up to the last division: pixels are counted by value in 64-bit integers, so the result depends neither on the
// order of the samples nor on the number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "reslab/data/split.h"

namespace reslab::data {

struct Statistics {
  std::vector<double> mean;                ///< by channel, of pixels scaled to [0, 1]
  std::vector<double> std;                 ///< likewise; of the population (divided by the number of pixels)
  std::vector<std::int64_t> class_counts;  ///< samples by label
};

/// In which form pixels are looked at: as the network is given them, about, and as a cache has them.
struct PixelForm {
  int least_side = 0;  ///< ReadOptions::least_side, where there is no fit
  ImageFit fit = {};
};

/// `split` has at least one sample.
Statistics statistics(const Split& split, const PixelForm& form = {});

/// A channel of the same value in all pixels of all samples, of which nothing can be learnt.
struct ConstantChannel {
  std::int64_t channel = 0;
  std::uint8_t value = 0;
};

/// Those that there are. Ordinary images are told by their first few pixels. `split` has at least one sample.
std::vector<ConstantChannel> constant_channels(const Split& split);

}  // namespace reslab::data
