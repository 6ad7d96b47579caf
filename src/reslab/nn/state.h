// The state of a network: parameters and buffers under PyTorch's names, as state_dict() lists them.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "reslab/nn/module.h"

namespace reslab::nn {

/// Names and tensors; the tensors share memory with the network.
using State = std::vector<std::pair<std::string, at::Tensor>>;

State state_of(const Module& network);

/// SHA-256 over names, shapes and values: equal exactly when two networks hold the same bits.
std::string state_hash(const State& state);

}  // namespace reslab::nn
