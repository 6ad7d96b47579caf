// Turns pixels into what a network takes: (pixel / 255 − mean) / std by channel, in fp32 or bf16.
//
// A byte has only 256 values, so each channel has a table of its results: computed in double, rounded to float, and for
// bf16 from there to the nearest, ties to even, so that a bf16 batch is exactly the fp32 batch converted.
//
// A standard deviation of 0, of a channel that is the same everywhere, counts as 1: its pixels become 0.
//
//   augment::Normalizer normalize(mean, std);
//   normalize.write(image, {batch.mutable_data_ptr<float>() + i * pixels, pixels});   // batch: channels-last
//
// Thread safety: immutable once made.
#pragma once

#include <c10/util/BFloat16.h>

#include <span>
#include <vector>

#include "reslab/augment/policy.h"

namespace reslab::augment {

class Normalizer {
 public:
  /// mean and std by channel, of pixels in [0, 1]. Throws UserError unless both are of one length, at least 1, means
  /// are in [0, 1], and deviations finite and not below 0.
  Normalizer(std::span<const double> mean, std::span<const double> std);

  int channels() const { return channels_; }
  const std::vector<double>& mean() const { return mean_; }
  const std::vector<double>& std() const { return std_; }  ///< what is divided by: above 0

  /// What a byte becomes, in fp32: [channels, 256].
  const std::vector<float>& table() const { return table_; }

  /// Writes the image in its own order (HWC), which is a channels-last batch's. `destination` has a place for each of
  /// the image's values; the image has channels() channels.
  void write(const Image& image, std::span<float> destination) const;
  void write(const Image& image, std::span<c10::BFloat16> destination) const;

 private:
  int channels_;
  std::vector<double> mean_, std_;
  std::vector<float> table_;  // [channels, 256]
  std::vector<c10::BFloat16> table_bf16_;
};

}  // namespace reslab::augment
