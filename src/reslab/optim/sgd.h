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

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace reslab::optim {

/// Parameters that share a weight decay.
struct Group {
  std::vector<std::string> names;      ///< as long as `parameters`
  std::vector<at::Tensor> parameters;  ///< fp32 leaves that require a gradient
  double weight_decay = 0;             ///< ≥ 0
};

struct SgdOptions {
  double dampening = 0;  ///< [0, 1]
  bool nesterov = false;
};

/// The momentum of one parameter, for checkpoints: the parameter's name and shape.
struct Momentum {
  std::string name;
  at::Tensor buffer;  ///< fp32, shares memory with the optimiser
};

class Sgd {
 public:
  Sgd(std::vector<Group> groups, const SgdOptions& options);

  /// One update from the parameters' gradients. lr > 0 or 0, momentum in [0, 1). Parameters without a gradient stay.
  void step(double lr, double momentum);

  /// Forgets the gradients, so that the next backward pass writes new ones.
  void zero_grad();

  /// All parameters, in the order of the groups.
  std::vector<at::Tensor> parameters() const;

  /// The momentum buffers, in the same order. To restore a state, copy into them and call set_started(true).
  std::vector<Momentum> state() const;

  /// Whether a step with momentum has been made: the first one starts v.
  bool started() const { return started_; }
  void set_started(bool started) { started_ = started; }

 private:
  std::vector<Group> groups_;
  std::vector<std::vector<at::Tensor>> momenta_;
  SgdOptions options_;
  bool started_ = false;
};

}  // namespace reslab::optim
