// What a network says of each sample: the ground of mistakes, calibration, neighbours and class-activation maps.
//
//   const explain::Predictions predictions = explain::predict(network, source, compute, {.features = true});
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "reslab/data/batch_maker.h"
#include "reslab/models/network.h"
#include "reslab/train/compute.h"

namespace reslab::explain {

struct PredictionOptions {
  std::int64_t batch_size = 500;  ///< samples, ≥ 1
  bool features = false;          ///< keep each sample's features as well
};

/// All on the CPU, one row a sample, in the source's order.
struct Predictions {
  at::Tensor probabilities;  ///< [samples, classes], fp32; rows sum to 1, and none is NaN
  at::Tensor predicted;      ///< [samples], int64: the class of the highest probability
  at::Tensor labels;         ///< [samples], int64: the true class
  at::Tensor losses;         ///< [samples], fp32: −ln of the true class's probability, nats
  at::Tensor features;       ///< [samples, channels], fp32: the last named feature, its mean over the map; or undefined

  std::int64_t size() const { return labels.size(0); }
};

/// Throws UserError that begins with `attempted` where scores, [samples, outputs], aren't finite: no class is the
/// predicted one there, whatever argmax gives.
void check_scores(const at::Tensor& scores, const std::string& attempted);

/// Runs the network in evaluation mode, without augmentation, and leaves it in the mode in which it found it. Throws
/// UserError as check_scores does.
Predictions predict(models::Network& network, const data::BatchSource& source, const train::Compute& compute,
                    const PredictionOptions& options = {});

}  // namespace reslab::explain
