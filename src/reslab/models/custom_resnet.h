// The original's network: a preparing convolution and three stages, two of which add a residual branch of two
// convolutions.
//
//   prep_layer   conv3×3 w, BN, ReLU                                  [n,  w, h, h]
//   layer1       conv3×3 2w, max-pool 2, BN, ReLU, + residual         [n, 2w, h/2, h/2]
//   layer2       conv3×3 4w, max-pool 2, BN, ReLU                     [n, 4w, h/4, h/4]
//   layer3       conv3×3 8w, max-pool 2, BN, ReLU, + residual         [n, 8w, h/8, h/8]
//   FC           max-pool 4, linear without bias                      [n, classes]
//
// With width w = 64, three channels and ten classes it has 6,573,120 parameters. Input: 32×32 pixels (any size whose
// eighth is 4 to 7 works). Features: layer1, layer2, layer3.
//
// Lineage: D. Page, "How to train your ResNet", 2018 (DAWNBench).
#pragma once

#include "reslab/models/network.h"

namespace reslab::models {

NetworkKind custom_resnet();

}  // namespace reslab::models
