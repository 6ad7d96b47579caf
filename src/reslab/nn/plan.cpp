#include "reslab/nn/plan.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/softmax.h>

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/nn/activation.h"
#include "reslab/nn/batch_norm2d.h"
#include "reslab/nn/conv2d.h"

namespace reslab::nn {
namespace {

template <typename Kind>
bool is(const Node& node) {
  return std::holds_alternative<Kind>(node.op);
}

// Whether a kernel can add the residual to x.
bool fits(const at::Tensor& residual, const at::Tensor& x) {
  return residual.sizes() == x.sizes() && residual.scalar_type() == x.scalar_type() && residual.device() == x.device();
}

at::Tensor pool_whole_map(const at::Tensor& x) {
  return x.is_cpu() ? at::max_pool2d(x, {x.size(2), x.size(3)}) : x.amax({2, 3}, /*keepdim=*/true);
}

}  // namespace

// The values of one pass.
class Plan::Pass {
 public:
  Pass(const Plan& plan, const at::Tensor& images) : plan_(plan), values_(plan.graph_.nodes().size()) {
    values_.front() = images;
  }

  void run(const Step& step) {
    if (!run_together(step))
      for (Value value = step.first; value <= step.last; ++value) values_[index(value)] = computed(value);
    for (const Value value : step.unused_from_here) values_[index(value)].reset();
  }

  const at::Tensor& at(Value value) const { return values_[index(value)]; }

 private:
  static std::size_t index(Value value) { return static_cast<std::size_t>(value); }
  const Node& node(Value value) const { return plan_.graph_.nodes()[index(value)]; }
  const at::Tensor& input_of(Value value) const { return at(node(value).inputs.front()); }

  // False where no kernel takes what comes.
  bool run_together(const Step& step) {
    const at::Tensor& x = input_of(step.first);
    std::optional<kernels::Activation> activation;
    if (step.activation >= 0) activation = fusable_activation(*node(step.activation).layer);
    Layer* const layer = node(step.first).layer.get();
    switch (step.kind) {
      case Kind::one_by_one: return false;
      case Kind::pooled_convolution: {
#ifdef RESLAB_HAS_KERNELS
        const auto& convolution = static_cast<const Conv2d&>(*layer);
        if (!convolution.uses_winograd(x)) return false;
        values_[index(step.last)] = convolution.forward_pooled(x);
        return true;
#else
        return false;
#endif
      }
      case Kind::activated_convolution: {
        const auto& convolution = static_cast<const Conv2d&>(*layer);
        if (!activation || !convolution.can_activate(x)) return false;
        values_[index(step.last)] = convolution.forward_activated(x, *activation);
        return true;
      }
      case Kind::normalisation: return normalise(step, static_cast<BatchNorm2d&>(*layer), x, activation);
    }
    return false;
  }

  bool normalise(const Step& step, BatchNorm2d& norm, const at::Tensor& x,
                 std::optional<kernels::Activation> activation) {
    if (!norm.can_fuse(x)) return false;
    const bool takes_activation = step.activation < 0 || activation;
    const bool adds = step.residual >= 0 && takes_activation && fits(at(step.residual), x);
    // The kernel computes up to this node; the step's others follow one by one.
    Value end = step.first;
    if (adds || (step.residual < 0 && takes_activation))
      end = step.last;
    else if (activation && !step.residual_first)
      end = step.activation;
    const bool activates = activation && end >= step.activation;
    values_[index(end)] = norm.forward_activated(x, activates ? *activation : kernels::Activation::none,
                                                 adds ? at(step.residual) : at::Tensor(), adds && step.residual_first);
    for (Value value = end + 1; value <= step.last; ++value) values_[index(value)] = computed(value);
    return true;
  }

  // A node by itself.
  at::Tensor computed(Value value) {
    const Node& one = node(value);
    const at::Tensor& x = input_of(value);
    if (is<Add>(one)) return x + at(one.inputs.back());
    if (const auto* const scale = std::get_if<Scale>(&one.op)) return x.to(at::kFloat) / scale->divisor;
    if (is<Softmax>(one)) return at::softmax(x.to(at::kFloat), 1);
    if (is<LinearOptions>(one)) return one.layer->forward(x.flatten(1));
    if (one.layer == nullptr) return pool_whole_map(x);
    // A ReLU that isn't guided writes over its input, which others may need.
    const bool writes_over_it = fusable_activation(*one.layer) == kernels::Activation::relu;
    return one.layer->forward(writes_over_it && plan_.uses_[index(one.inputs.front())] > 1 ? x.clone() : x);
  }

  const Plan& plan_;
  std::vector<at::Tensor> values_;
};

Plan::Plan(Graph graph, PlanOptions options) : graph_(std::move(graph)), taps_(std::move(options.taps)) {
  const auto nodes = graph_.nodes();
  uses_.assign(nodes.size(), 0);
  ++uses_.front();  // the images are the caller's
  ++uses_.back();
  for (const Node& node : nodes)
    for (const Value input : node.inputs) ++uses_[static_cast<std::size_t>(input)];
  for (const Value tap : taps_) ++uses_.at(static_cast<std::size_t>(tap));
  for (Value value = 1; value <= graph_.output(); value = steps_.back().last + 1) steps_.push_back(step_from(value));
  note_last_uses();
}

// Whether a value goes to the next node alone.
bool Plan::flows_on(Value value) const {
  if (value >= graph_.output() || uses_[static_cast<std::size_t>(value)] != 1) return false;
  return std::ranges::count(graph_.nodes()[static_cast<std::size_t>(value) + 1].inputs, value) == 1;
}

Plan::Step Plan::step_from(Value first) const {
  const auto node = [&](Value value) -> const Node& { return graph_.nodes()[static_cast<std::size_t>(value)]; };
  Step step{.first = first, .last = first};
  if (is<Conv2dOptions>(node(first)) && flows_on(first)) {
    const auto* const pool = std::get_if<MaxPool>(&node(first + 1).op);
    if (pool != nullptr && pool->window == 2)
      step.kind = Kind::pooled_convolution, step.last = first + 1;
    else if (is<Activate>(node(first + 1)))
      step.kind = Kind::activated_convolution, step.last = step.activation = first + 1;
    return step;
  }
  if (!is<BatchNorm2dOptions>(node(first))) return step;
  step.kind = Kind::normalisation;
  while (flows_on(step.last)) {
    const Node& next = node(step.last + 1);
    if (is<Activate>(next) && step.activation < 0) {
      step.residual_first = step.residual >= 0;
      step.activation = ++step.last;
    } else if (is<Add>(next) && step.residual < 0) {
      step.residual = next.inputs.front() == step.last ? next.inputs.back() : next.inputs.front();
      ++step.last;
    } else {
      break;
    }
  }
  return step;
}

void Plan::note_last_uses() {
  std::vector<std::size_t> last(uses_.size(), 0);
  for (std::size_t i = 0; i < steps_.size(); ++i)
    for (Value value = steps_[i].first; value <= steps_[i].last; ++value)
      for (const Value input : graph_.nodes()[static_cast<std::size_t>(value)].inputs)
        last[static_cast<std::size_t>(input)] = i;
  for (Value value = 0; value < graph_.output(); ++value)
    if (std::ranges::find(taps_, value) == taps_.end())
      steps_[last[static_cast<std::size_t>(value)]].unused_from_here.push_back(value);
}

Plan::Outputs Plan::run(const at::Tensor& images, const StepObserver& observer) const {
  Pass pass(*this, images);
  for (const Step& step : steps_) {
    pass.run(step);
    if (observer) observer(step, pass.at(step.last));
  }
  Outputs outputs{.output = pass.at(graph_.output()).to(at::kFloat)};
  outputs.taps.reserve(taps_.size());
  for (const Value tap : taps_) outputs.taps.push_back(pass.at(tap));
  return outputs;
}

}  // namespace reslab::nn
