// What a forward pass tells of its batch: loss, hits and samples. The three travel in one tensor, so that they cost one
// copy from a GPU, and so that processes that share a batch can add up theirs in one go.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace reslab::train {

struct BatchValues {
  double loss = 0;           ///< mean over the samples, as minimised
  std::int64_t correct = 0;  ///< samples whose highest output is their label's, or their highest soft label's
  std::int64_t samples = 0;
};

/// Packs a batch's values into a tensor [3], fp64, on the device of `outputs`, without waiting for it: the fields of
/// BatchValues in their order. outputs: [samples, classes]. targets: as loss_of has them. loss: a scalar, `scale` times
/// the mean loss.
at::Tensor pack_values(const at::Tensor& outputs, const at::Tensor& targets, const at::Tensor& loss, double scale);

/// Reads what pack_values has packed. Waits for the device where the tensor lies on one.
BatchValues read_values(const at::Tensor& values);

}  // namespace reslab::train
