// Where a network's numbers stop being finite, for the message with which a training that has diverged ends.
#pragma once

#include <string>

#include "reslab/models/network.h"

namespace reslab::train {

/// Whether all of its values are finite. Of any shape and dtype.
bool is_finite(const at::Tensor& tensor);

/// The first place, in the order of the network: "the parameter layer1_x.0.weight", "the images", or "the output of
/// layer1_x.0 (Conv2d)"; "the loss" when all before it is finite. images: as for Network::forward. Runs the network
/// once, in the mode in which it is: in training, running statistics move.
std::string first_non_finite(models::Network& network, const at::Tensor& images);

}  // namespace reslab::train
