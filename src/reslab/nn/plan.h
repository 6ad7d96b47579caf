// How a graph is computed: its nodes in steps, each as many nodes as one kernel takes together.
//
//   const nn::Plan plan(graph);
//   at::Tensor logits = plan.run({images}).output;
//   const nn::Plan watched(graph, {.taps = {2, 5}});   // no step fuses across nodes 2 and 5
//   watched.run({images}).taps[0];                     // the value of node 2
//
// Taken together are a convolution and the max-pooling after it, one with a bias and the activation after it, and a
// batch normalisation with the activation after it and with a sum before or after that. What comes out is what the
// layers give one by one, up to the rounding of values between them.
//
// A plan holds for any batch, size, type and device: which nodes may go together is found once; whether a kernel takes
// what comes is asked at each pass, as is what is trained, since freezing, guided gradients and directly computed
// convolutions change it. A step that no kernel takes runs its layers one by one.
#pragma once

#include <functional>

#include "reslab/nn/graph.h"

namespace reslab::nn {

class BatchNorm2d;
class Conv2d;

struct PlanOptions {
  std::vector<Value> taps = {};  ///< values to hand out
};

class Plan {
 public:
  enum class Kind { one_by_one, pooled_convolution, activated_convolution, normalisation };

  /// Nodes that run together, which stand next to each other in the graph.
  struct Step {
    Kind kind = Kind::one_by_one;
    Value first = 0, last = 0;
    Value residual = -1;          ///< normalisation: what is added; −1: nothing
    bool residual_first = false;  ///< before the activation
    Value activation = -1;        ///< the node of the activation; −1: none
    std::vector<Value> unused_from_here = {};
  };

  struct Outputs {
    at::Tensor output;             ///< the graph's, in fp32
    std::vector<at::Tensor> taps;  ///< in the order of PlanOptions
  };

  /// Is given each step's value when it has been computed, and may look at it before it is released.
  using StepObserver = std::function<void(const Step& step, const at::Tensor& value)>;

  /// The graph's layers are kept; parameters that change later are seen.
  explicit Plan(Graph graph, PlanOptions options = {});

  /// images: [n, channels, height, width], fp32 or bf16; channels-last in memory is fastest. Throws UserError in
  /// training where a batch normalisation gets one value a channel.
  Outputs run(const at::Tensor& images, const StepObserver& observer = {}) const;

  std::span<const Step> steps() const { return steps_; }
  const Graph& graph() const { return graph_; }

 private:
  class Pass;
  Step step_from(Value first) const;
  bool flows_on(Value value) const;
  void note_last_uses();

  Graph graph_;
  std::vector<Value> taps_;
  std::vector<int> uses_;  // of each value: by nodes, by taps, and by the caller of run for the images and the output
  std::vector<Step> steps_;
};

}  // namespace reslab::nn
