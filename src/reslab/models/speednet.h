// The network of the CIFAR-10 speed records: a fixed whitening convolution and three groups of 3×3 convolutions.
//
//   whiten     conv2×2, 2·4·c filters from the data (not trained), bias, activation       [n, 24, 31, 31]
//   layers.0   conv3×3 w, max-pool 2, BN, act, conv3×3 w, BN, act                          [n,   w, 15, 15]
//   layers.1   the same with g channels                                                   [n,   g,  7,  7]
//   layers.2   the same with l channels                                                   [n,   l,  3,  3]
//   head       max-pool over the map, linear without bias, · 1/l                          [n, classes]
//
// for images of 3×32×32, w = width, g = group_width, l = last_width, or g where that is 0. BN has a bias but no weight;
// eps 1e-12; its running statistics move by 0.4. Filters begin as the identity as far as channels go, the head with
// standard deviation 1. With depth 3 a group has a third convolution, and its first activation is added before its last
// (airbench96's form). Features: layer1 to layer3, the groups' outputs. Of equal values in the last pooling the first
// takes the gradient on a CPU; on CUDA they share it.
//
// Source: Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU", arXiv 2404.00498, and its program airbench94_muon.
#pragma once

#include "reslab/models/network.h"

namespace reslab::models {

NetworkKind speednet();

}  // namespace reslab::models
