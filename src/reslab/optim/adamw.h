// Adam with decoupled weight decay, as torch.optim.AdamW defines it. For each parameter w with gradient g, at its t-th
// step (from 1):
//
//   w ← w − lr · weight_decay · w
//   m ← β₁ m + (1 − β₁) g
//   v ← β₂ v + (1 − β₂) g²
//   w ← w − lr · m̂ / (√v̂ + eps)        m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)
//
// β₁ is the momentum of each step, so that a schedule may cycle it, as PyTorch's OneCycleLR does.
//
// Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, arXiv 1711.05101.
#pragma once

#include "reslab/optim/optimizer.h"

namespace reslab::optim {

struct AdamWOptions {
  double beta2 = 0.999;  ///< [0, 1)
  double eps = 1e-8;     ///< > 0
};

class AdamW final : public Optimizer {
 public:
  AdamW(std::vector<Group> groups, const AdamWOptions& options);

  void step(double lr, double momentum) override;

  /// m of each parameter under its name, v as <name>.exp_avg_sq, t as <name>.step (fp32, one number).
  std::vector<Momentum> state() const override;

 private:
  AdamWOptions options_;
  std::vector<std::vector<at::Tensor>> squares_, steps_;  // as the groups' parameters
};

}  // namespace reslab::optim
