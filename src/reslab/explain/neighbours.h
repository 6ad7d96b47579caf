// The samples whose features are most like a given sample's: what in the training set a network was reminded of.
//
//   const auto neighbours = explain::nearest_neighbours(train.features, test.features.index_select(0, mistakes), 5);
//   neighbours[0][0].sample   // the training image nearest to the first mistake
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace reslab::explain {

struct Neighbour {
  std::int64_t sample = 0;  ///< row of the features
  double similarity = 0;    ///< cosine of the angle between the two, in [−1, 1]; 0 where one of them is all zeros
};

/// For each row of `queries` ([n, d]) the k rows of `features` ([m, d]) that are most similar, the most similar first;
/// ties keep the rows' order. Both fp32, CPU. k ≥ 0; fewer where m is less.
std::vector<std::vector<Neighbour>> nearest_neighbours(const at::Tensor& features, const at::Tensor& queries,
                                                       std::int64_t k);

}  // namespace reslab::explain
