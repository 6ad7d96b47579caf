// What a network is made of: a closed set of operations, and what each needs to be made.
#pragma once

#include <cstdint>
#include <variant>

#include "reslab/core/required.h"
#include "reslab/nn/kernels/activation_kind.h"

namespace reslab::nn {

struct Conv2dOptions {
  core::Required<std::int64_t> in_channels, out_channels;
  std::int64_t kernel = 3;   ///< height and width, pixels
  std::int64_t stride = 1;   ///< pixels
  std::int64_t padding = 1;  ///< zeros on each side, pixels
  bool bias = false;
  bool trained = true;  ///< the weight; the bias always is
  bool dirac = false;   ///< the first in_channels filters begin as the identity (Zagoruyko, Komodakis 2017, DiracNets)
};

struct BatchNorm2dOptions {
  core::Required<std::int64_t> channels;
  double eps = 1e-5;
  double momentum = 0.1;  ///< weight of the new batch in the running statistics, in (0, 1]
  bool scaled = true;     ///< whether weight is trained; else it stays 1
};

struct LinearOptions {
  core::Required<std::int64_t> in_features, out_features;
  bool unit_std = false;  ///< the first weights are scaled to a standard deviation of 1
  bool zero = false;      ///< the first weights are 0
};

/// What a graph is given: images, [n, channels, height, width].
struct Input {};
struct Activate {
  kernels::Activation kind = kernels::Activation::relu;
};
/// The largest value of each square window, in pixels; windows don't overlap. 0: of the whole map, [n, c, 1, 1]. Of
/// equal values of a whole map the first takes the gradient on a CPU, at a third of what sharing it costs; on CUDA they
/// share it.
struct MaxPool {
  std::int64_t window = 2;
};
/// The sum of two values of the same shape.
struct Add {};
/// x / divisor.
struct Scale {
  double divisor = 1;
};
/// Over the classes.
struct Softmax {};

using Op =
    std::variant<Input, Conv2dOptions, BatchNorm2dOptions, Activate, MaxPool, LinearOptions, Add, Scale, Softmax>;

}  // namespace reslab::nn
