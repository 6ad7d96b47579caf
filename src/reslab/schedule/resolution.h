// The side of the training images by epoch: small images first cost less, and the network sees the details later.
//
//   schedule::resolution_by_epoch({.epochs = {0, 3, 6}, .sides = {24, 28, 32}}, 8);   // 24 24 24 28 28 28 32 32
//
// Sources: Karras et al., "Progressive growing of GANs", 2018, arXiv 1710.10196; Tan and Le, "EfficientNetV2: smaller
// models and faster training", 2021, arXiv 2104.00298, for image classification.
#pragma once

#include <cstdint>
#include <vector>

namespace reslab::schedule {

struct ResolutionOptions {
  std::vector<std::int64_t> epochs;  ///< from which on, ascending, the first 0
  std::vector<std::int64_t> sides;   ///< pixels, ≥ 1; as many
};

/// A side for each of `epochs` epochs; empty where the options are. Throws UserError for options that don't fit
/// together.
std::vector<std::int64_t> resolution_by_epoch(const ResolutionOptions& options, std::int64_t epochs);

}  // namespace reslab::schedule
