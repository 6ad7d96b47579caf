// AdamW under one cycle against PyTorch's, whose scheduler cycles beta1 in place of momentum.
#include "reslab/optim/adamw.h"

#include <gtest/gtest.h>

#include "reference.h"
#include "reslab/schedule/one_cycle.h"

namespace reslab::reference {
namespace {

// As it was before the first step; filters channels-last, as a network has them, so that gradients are laid out
// otherwise.
at::Tensor parameter(const serialization::SafetensorsFile& file, const std::string& name) {
  at::Tensor before = value(file, "before." + name).clone();
  if (before.dim() == 4) before = before.contiguous(at::MemoryFormat::ChannelsLast);
  return before.requires_grad_(true);
}

TEST(AdamW, StepsUnderOneCycleAgreeWithPyTorch) {
  const auto file = values("adamw");
  const at::Tensor rates = value(file, "lr"), betas = value(file, "beta1");
  at::Tensor filters = parameter(file, "filters"), bias = parameter(file, "bias");
  const schedule::OneCycle cycle({.total_steps = rates.size(0), .max_lr = 0.02, .pct_start = 0.4, .div_factor = 8});
  optim::AdamW adamw({{.names = {"filters"}, .parameters = {filters}, .weight_decay = 0.1},
                      {.names = {"bias"}, .parameters = {bias}, .weight_decay = 0}},
                     {.beta2 = 0.98, .eps = 1e-6});
  for (std::int64_t step = 0; step < rates.size(0); ++step) {
    SCOPED_TRACE(step);
    const schedule::Setting setting = cycle.at(step);
    EXPECT_NEAR(setting.lr, rates[step].item<double>(), 1e-12);
    EXPECT_NEAR(setting.momentum, betas[step].item<double>(), 1e-12);
    filters.mutable_grad() = value(file, "gradient.filters")[step].clone();
    bias.mutable_grad() = value(file, "gradient.bias")[step].clone();
    adamw.step(setting.lr, setting.momentum);
    EXPECT_TRUE(near(filters, value(file, "after.filters")[step], 2e-6));
    EXPECT_TRUE(near(bias, value(file, "after.bias")[step], 2e-6));
  }
}

}  // namespace
}  // namespace reslab::reference
