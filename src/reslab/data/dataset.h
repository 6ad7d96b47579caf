// A labelled set of images, whole in memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace reslab::data {

struct Dataset {
  std::string name;                  ///< "cifar10 train"
  at::Tensor images;                 ///< [samples, height, width, channels], uint8, contiguous, CPU
  at::Tensor labels;                 ///< [samples], int64 in [0, classes.size()), contiguous, CPU
  std::vector<std::string> classes;  ///< names by label

  std::int64_t size() const { return images.defined() ? images.size(0) : 0; }
};

/// The two official parts of a data set. `test` is never chosen by.
struct Parts {
  Dataset train, test;
};

/// The samples of `dataset` at `indices` ([n], int64), in that order, copied.
Dataset select(const Dataset& dataset, const at::Tensor& indices);

}  // namespace reslab::data
