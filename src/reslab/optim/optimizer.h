// What every optimiser offers to the training loop: groups of parameters, a buffer of momentum for each, and a step.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

namespace reslab::optim {

/// Parameters that share a weight decay.
struct Group {
  std::vector<std::string> names;      ///< as long as `parameters`
  std::vector<at::Tensor> parameters;  ///< fp32 leaves that require a gradient
  double weight_decay = 0;             ///< ≥ 0
};

/// The momentum of one parameter, for checkpoints: the parameter's name and shape.
struct Momentum {
  std::string name;
  at::Tensor buffer;  ///< fp32, shares memory with the optimiser
};

class Optimizer {
 public:
  explicit Optimizer(std::vector<Group> groups);
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// One update from the parameters' gradients. lr ≥ 0, momentum in [0, 1). Parameters without a gradient stay.
  virtual void step(double lr, double momentum) = 0;

  /// Whether it has the step below.
  virtual bool steps_on_device() const { return false; }

  /// The same up to rounding, with the rate in memory: a scalar, fp32, on the parameters' device. It never waits for
  /// the device, and does the same operations whatever the rate, so that it may be part of a CUDA graph. The first step
  /// of all must have been made.
  virtual void step_on_device(const at::Tensor& lr, double momentum);

  /// From now on the weight decay of each group is what it was made with, times `factor` ≥ 0.
  void scale_decay(double factor) { decay_factor_ = factor; }

  /// Forgets the gradients, so that the next backward pass writes new ones.
  void zero_grad();

  /// All parameters, in the order of the groups.
  std::vector<at::Tensor> parameters() const;

  /// The momentum buffers, in the same order. To restore a state, copy into them and call set_started(true).
  virtual std::vector<Momentum> state() const;

  /// Whether a step with momentum has been made: in some optimisers the first one starts it.
  bool started() const { return started_; }
  void set_started(bool started) { started_ = started; }

 protected:
  /// Calls `update` with parameter, momentum buffer and weight decay, for every parameter that has a gradient.
  void for_each(const std::function<void(at::Tensor, at::Tensor, double)>& update) const;

  /// The parameter's gradient, laid out as the parameter is: fused updates walk both memories side by side.
  static at::Tensor aligned_gradient(const at::Tensor& parameter);

  std::vector<Group> groups_;
  std::vector<std::vector<at::Tensor>> momenta_;  // as the groups' parameters
  bool started_ = false;
  double decay_factor_ = 1;
};

}  // namespace reslab::optim
