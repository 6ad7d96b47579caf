// What a network is made of, and what a batch costs in it: read from its graph.
//
//   const models::Summary summary =
//       models::summarise(*network, {.batch_size = 512, .channels = 3, .height = 32, .width = 32});
//   summary.parameters;      // 6,573,120 for the original's network
//   summary.multiply_adds;   // of the whole batch, forward
//
// Counted as torchinfo counts, so that the totals are equal: a convolution takes a multiply-add for each weight at each
// place of its output, every other layer one for each parameter, both for each sample; activations are the outputs of
// layers with parameters, twice, for their gradients.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reslab/core/required.h"
#include "reslab/models/network.h"

namespace reslab::models {

struct SummaryOptions {
  std::int64_t batch_size = 1;  ///< samples, ≥ 1
  core::Required<std::int64_t> channels, height, width;
  std::int64_t activation_bytes = 4;  ///< of one number: 4 in fp32, 2 in bf16; parameters have 4 always
};

/// One layer, or a container with what it holds.
struct LayerSummary {
  std::string name;                                   ///< in its container: "layer1_x", "0"
  std::string path;                                   ///< from the network down, as in its weights' names: "layer1_x.0"
  std::string type;                                   ///< "Conv2d"; "Group" for what only groups others
  int depth = 0;                                      ///< 0 for the network's own
  bool container = false;                             ///< holds layers, which follow it
  std::int64_t trainable = 0;                         ///< of its parameters, how many are trained
  std::int64_t kernel = 0;                            ///< side of the window, in pixels; 0 for none
  std::vector<std::int64_t> input = {}, output = {};  ///< shapes, the batch first; empty for one that isn't
                                                      ///< run; of a group, its first layer's and its last one's
  std::int64_t parameters = 0;                        ///< of all below it too
  std::int64_t multiply_adds = 0;                     ///< likewise, for the batch
};

struct Summary {
  std::string network;               ///< its type: "CustomResNet"
  std::vector<std::int64_t> input;   ///< shape of the batch: [n, channels, height, width]
  std::vector<LayerSummary> layers;  ///< in the order in which they first run, a container before what it
                                     ///< holds; what isn't run comes last
  std::int64_t parameters = 0, trainable = 0, multiply_adds = 0;
  std::int64_t input_bytes = 0, activation_bytes = 0, parameter_bytes = 0;

  std::int64_t total_bytes() const { return input_bytes + activation_bytes + parameter_bytes; }
};

/// Of a batch in evaluation mode, where samples don't depend on each other, so that the batch is a factor; read from
/// the network's graph. Throws UserError when the network can't take such an image.
Summary summarise(const Network& network, const SummaryOptions& options);

}  // namespace reslab::models
