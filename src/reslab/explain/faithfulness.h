// Whether a map shows what the network really looked at, in numbers: pixels are taken away in the map's order, and the
// probability p of the explained class is watched.
//
//   const Faithfulness result = explain::measure_faithfulness(network, images, classes, maps);
//
// ROAD         mean change of p when the 10 %, 20 %, … 90 % most (or least) relevant pixels are replaced from those
// around
//              them (explain/imputation.h). Combined: (least − most) / 2; the higher the better, 0 for a random map.
//              Rong et al. 2022, arXiv 2202.00449.
// drop         mean of max(0, p − p′) / p, p′ for the image multiplied by its map: the lower the better.
// increase     share of the samples with p′ > p: the higher the better. Both: Chattopadhyay et al. 2018,
//              arXiv 1710.11063, section 5.1.
// deletion     area under p while pixels go, the most relevant first, to the mean colour: the lower the better.
// insertion    area under p while pixels come back to the blurred image in that order: the higher the better. Both:
//              Petsiuk et al. 2018, arXiv 1806.07421, section 4.2; the blur's deviation is an eighth of the image's
//              side.
//
// Equal values of a map keep the order of its pixels, row by row. Maps of one value rank nothing and are left out.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "reslab/explain/imputation.h"
#include "reslab/models/network.h"

namespace reslab::explain {

struct FaithfulnessOptions {
  std::int64_t curve_steps = 16;      ///< of deletion and insertion, ≥ 1
  ImputationOptions imputation = {};  ///< of ROAD
  at::ScalarType type = at::kFloat;   ///< what the network computes in: kFloat, or kBFloat16
  std::int64_t batch_size = 100;      ///< samples at a time, ≥ 1
};

struct Faithfulness {
  std::int64_t samples = 0;              ///< that were measured
  std::int64_t flat = 0;                 ///< left out, since their map has one value
  double road_most = 0, road_least = 0;  ///< changes of p, in [−1, 1]
  double drop = 0, increase = 0;         ///< in [0, 1]
  double deletion = 0, insertion = 0;    ///< in [0, 1]

  double road() const { return (road_least - road_most) / 2; }
};

/// images: [n, channels, h, w], normalised, so that 0 is the mean colour; classes: [n], int64; maps: [n, h, w], fp32,
/// CPU, in [0, 1]. In evaluation mode, left as it was found.
Faithfulness measure_faithfulness(models::Network& network, const at::Tensor& images, const at::Tensor& classes,
                                  const at::Tensor& maps, const FaithfulnessOptions& options = {});

/// The place of each pixel in its map's order, 0 the most relevant, NaN last: [n, h, w] → [n, h, w], int64.
at::Tensor relevance_ranks(const at::Tensor& maps);

}  // namespace reslab::explain
