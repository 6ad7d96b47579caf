// A training step that a GPU is given by one call: it is made as it stands a few times, then recorded as a CUDA graph,
// and from then on the graph is started. What the step's tensors are made of stays where it was when it was recorded.
//
//   train::StepGraphs steps([&](const at::Tensor& images, const at::Tensor& targets) { …; return values; });
//   at::Tensor values = steps.run(images, targets, "all parameters");
//
// Without CUDA the step is made as it stands, every time: which is how its form is tested.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace reslab::train {

class StepGraphs {
 public:
  /// Does the same operations at each call with tensors of the same shapes, never reads a value from the device, and
  /// returns a tensor there.
  using Step = std::function<at::Tensor(const at::Tensor& images, const at::Tensor& targets)>;

  explicit StepGraphs(Step step);
  ~StepGraphs();
  StepGraphs(const StepGraphs&) = delete;
  StepGraphs& operator=(const StepGraphs&) = delete;

  /// One step. kind: what else than the shapes makes one step's operations differ from another's. The result is good
  /// until the next call.
  at::Tensor run(const at::Tensor& images, const at::Tensor& targets, const std::string& kind);

 private:
  struct Recorded;
  void record(Recorded& recorded);

  Step step_;
  std::map<std::string, std::unique_ptr<Recorded>> by_kind_;
};

/// While it stands, the calling thread's work goes to a CUDA stream of its own, as recording needs. Nothing where the
/// device is no CUDA device.
class OwnStream {
 public:
  explicit OwnStream(const c10::Device& device);
  ~OwnStream();  ///< waits for the work
  OwnStream(const OwnStream&) = delete;
  OwnStream& operator=(const OwnStream&) = delete;

 private:
  struct Guard;
  std::unique_ptr<Guard> guard_;
};

}  // namespace reslab::train
