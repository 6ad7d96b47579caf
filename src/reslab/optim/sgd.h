// Stochastic gradient descent with momentum, as torch.optim.SGD defines it. For each parameter w with gradient g:
//
//   g ← g + weight_decay · w
//   v ← g                                    at the first step
//   v ← momentum · v + (1 − dampening) · g   afterwards
//   w ← w − lr · v                           or, with Nesterov, w − lr · (g + momentum · v)
//
// With momentum 0, w ← w − lr · g, and v is left as it was.
//
// Sources: Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013 (without the
// learning rate inside v, as PyTorch has it).
#pragma once

#include "reslab/optim/optimizer.h"

namespace reslab::optim {

struct SgdOptions {
  double dampening = 0;  ///< [0, 1]
  bool nesterov = false;
};

class Sgd final : public Optimizer {
 public:
  Sgd(std::vector<Group> groups, const SgdOptions& options) : Optimizer(std::move(groups)), options_(options) {}

  void step(double lr, double momentum) override { update(lr, momentum); }
  bool steps_on_device() const override { return true; }
  void step_on_device(const at::Tensor& lr, double momentum) override;

 private:
  template <typename Rate>
  void update(const Rate& lr, double momentum);

  SgdOptions options_;
};

}  // namespace reslab::optim
