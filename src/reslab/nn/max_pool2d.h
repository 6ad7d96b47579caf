// Largest value of each square window; windows don't overlap, and what doesn't fill one is left out.
#pragma once

#include "reslab/nn/layer.h"

namespace reslab::nn {

class MaxPool2d final : public Layer {
 public:
  explicit MaxPool2d(std::int64_t window) : window_(window) {}

  /// [n, c, h, w] → [n, c, ⌊h / window⌋, ⌊w / window⌋].
  at::Tensor forward(const at::Tensor& input) override;
  Op op() const override { return MaxPool{.window = window_}; }
  std::int64_t window() const override { return window_; }

 private:
  std::int64_t window_;  // pixels
};

}  // namespace reslab::nn
