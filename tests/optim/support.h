// What the tests of the optimisers share.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace reslab::optim::test {

/// Three steps of what `make(parameter)` makes, the last two with the rate in a tensor: the same but for rounding.
template <typename Make>
void expect_same_steps_on_device(const Make& make) {
  at::manual_seed(5);
  const at::Tensor start = at::randn({8, 4, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor gradients = at::randn({3, 8, 4, 3, 3});
  const auto trained = [&](bool on_device) {
    at::Tensor w = start.clone().set_requires_grad(true);
    const auto optimizer = make(w);
    EXPECT_TRUE(optimizer->steps_on_device());
    for (int i = 0; i < 3; ++i) {
      w.mutable_grad() = gradients[i];
      const double lr = 0.1 / (i + 1);
      if (on_device && i > 0)
        optimizer->step_on_device(at::scalar_tensor(lr), 0.6);
      else
        optimizer->step(lr, 0.6);
    }
    return w.detach();
  };
  const at::Tensor expected = trained(false), found = trained(true);
  EXPECT_LT((found - expected).abs().max().item<float>(), 1e-5);
  EXPECT_GT((start - expected).abs().max().item<float>(), 1e-2);
}

}  // namespace reslab::optim::test
