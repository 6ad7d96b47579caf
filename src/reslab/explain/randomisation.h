// A map that explains a network must change when the network's weights become random. This measures whether it does.
//
//   for (const auto& [part, correlation] : explain::weight_randomisation(network, maps_of, seed)) …
//
// Parts of the network are drawn anew one after the other, from the output down to the input, and stay random
// (cascading randomisation); after each, the maps are compared with those of the trained network by Spearman's rank
// correlation. Near 1: the method hardly depends on these weights, and shows the image rather than the network.
//
// Source: Adebayo et al., "Sanity checks for saliency maps", 2018, arXiv 1810.03292, section 3.1.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reslab/models/network.h"

namespace reslab::explain {

struct RandomisedPart {
  std::string part;  ///< the part drawn last, by its name in the network
  /// Of the maps with the trained network's, in [−1, 1]: the mean over the samples that have one; none where none has.
  std::optional<double> correlation;
};

/// `maps_of` gives the maps of the network as it is now, [n, h, w], fp32, CPU, always of the same images and classes.
/// The network gets its own weights back, also when maps_of throws. Parts without parameters are passed over.
std::vector<RandomisedPart> weight_randomisation(models::Network& network, const std::function<at::Tensor()>& maps_of,
                                                 std::uint64_t seed = 0);

/// Spearman's rank correlation of two tensors of one size, in [−1, 1]; equal values share their mean rank, and so do
/// those that are NaN, after all others; none where one of the two is constant.
std::optional<double> rank_correlation(const at::Tensor& a, const at::Tensor& b);

}  // namespace reslab::explain
