// A layer of a network: one tensor in, one out, parameters registered under PyTorch's names.
//
// A layer computes in the type of its input. Parameters are always fp32; where the input is bf16, it is multiplied
// by a bf16 copy of them, and the gradient comes back to the fp32 parameter.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "reslab/core/random.h"
#include "reslab/nn/module.h"
#include "reslab/nn/op.h"

namespace reslab::nn {

class Layer : public Module {
 public:
  /// Activations are [samples, channels, height, width] (channels-last in memory is fastest), or [samples, features].
  virtual at::Tensor forward(const at::Tensor& input) = 0;

  /// What it computes.
  virtual Op op() const = 0;

  /// Side of the square window that it moves over its input, in pixels; 0 for none.
  virtual std::int64_t window() const { return 0; }

  /// Draws new parameters, distributed as PyTorch's default initialisation of the same layer. Layers without parameters
  /// do nothing.
  virtual void reset_parameters(core::Random&) {}
};

/// Draws all parameters of `network` anew: a pure function of the seed and the order of its layers.
void initialise(Module& network, std::uint64_t seed);

}  // namespace reslab::nn
