// What the tests of this folder share: the values that network.py computed, and the network that holds its weights.
//
// The C++ code and the Python code see the same numbers: PyTorch writes weights, batches and results to safetensors
// files (ctest runs network.py first), the tests read them and compute the results again.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "reslab/models/network.h"
#include "reslab/serialization/safetensors.h"

namespace reslab::reference {

/// Parameters and buffers of `network` under PyTorch's names, sharing memory with it.
std::vector<serialization::NamedTensor> named_tensors(const models::Network& network);

/// The file `name`.safetensors that network.py wrote. Throws UserError when it isn't there.
serialization::SafetensorsFile values(const std::string& name);

/// A tensor of it; a missing one is an error.
at::Tensor value(const serialization::SafetensorsFile& file, const std::string& name);

/// Copies network.py's weights into a custom_resnet.
void load_reference_weights(models::Network& network);

/// custom_resnet with network.py's weights, in training mode.
std::shared_ptr<models::Network> network_with_reference_weights(bool softmax);

/// Whether shapes are equal and no element differs by more than `tolerance` (absolute). NaN differs from everything.
testing::AssertionResult near(const at::Tensor& actual, const at::Tensor& expected, double tolerance);

}  // namespace reslab::reference
