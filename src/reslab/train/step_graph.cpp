#include "reslab/train/step_graph.h"

#include <ATen/ops/empty_like.h>

#include <utility>

#include "reslab/core/error.h"

#ifdef RESLAB_HAS_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace reslab::train {
#ifdef RESLAB_HAS_CUDA
namespace {

// Steps that are made as they stand first: libraries choose algorithms and take their memory in them.
constexpr int first_steps = 3;

std::string key_of(const at::Tensor& images, const at::Tensor& targets, const std::string& kind) {
  return core::concatenate(images.sizes(), ' ', targets.sizes(), ' ', kind);
}

}  // namespace
#endif

struct StepGraphs::Recorded {
  int steps = 0;  ///< made so far, without the graph
#ifdef RESLAB_HAS_CUDA
  std::unique_ptr<at::cuda::CUDAGraph> graph;
#endif
  at::Tensor images, targets, values;  ///< what the graph reads and writes
};

StepGraphs::StepGraphs(Step step) : step_(std::move(step)) {}
StepGraphs::~StepGraphs() = default;

#ifdef RESLAB_HAS_CUDA
void StepGraphs::record(Recorded& recorded) {
  // One for all graphs: they run one after the other, and what one returns is taken before the next begins.
  static const auto pool = at::cuda::graph_pool_handle();
  auto graph = std::make_unique<at::cuda::CUDAGraph>();
  // Of this thread's calls alone: the loader's thread may ask for pinned memory meanwhile, which would end a recording
  // of the whole process.
  graph->capture_begin(pool, cudaStreamCaptureModeThreadLocal);
  try {
    recorded.values = step_(recorded.images, recorded.targets);
  } catch (...) {
    // The stream must not be left recording.
    try {
      graph->capture_end();
    } catch (const std::exception&) {  // of the first error, which is the one to tell
    }
    throw;
  }
  graph->capture_end();
  recorded.graph = std::move(graph);
}
#endif

at::Tensor StepGraphs::run(const at::Tensor& images, const at::Tensor& targets,
                           [[maybe_unused]] const std::string& kind) {
#ifdef RESLAB_HAS_CUDA
  if (images.is_cuda()) {
    auto& recorded = by_kind_[key_of(images, targets, kind)];
    if (!recorded) recorded = std::make_unique<Recorded>();
    if (recorded->steps < first_steps) {
      ++recorded->steps;
      return step_(images, targets);
    }
    if (!recorded->images.defined()) {
      recorded->images = at::empty_like(images);
      recorded->targets = at::empty_like(targets);
    }
    recorded->images.copy_(images);
    recorded->targets.copy_(targets);
    if (!recorded->graph) record(*recorded);
    recorded->graph->replay();
    return recorded->values;
  }
#endif
  return step_(images, targets);
}

#ifdef RESLAB_HAS_CUDA
struct OwnStream::Guard {
  explicit Guard(const c10::Device& device)
      : stream(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index())), guard(stream) {}
  c10::cuda::CUDAStream stream;
  c10::cuda::CUDAStreamGuard guard;
};

OwnStream::OwnStream(const c10::Device& device) {
  if (!device.is_cuda()) return;
  c10::cuda::device_synchronize();  // what was begun elsewhere, such as the data set's copy
  guard_ = std::make_unique<Guard>(device);
}

OwnStream::~OwnStream() {
  if (!guard_) return;
  try {
    guard_->stream.synchronize();
  } catch (const std::exception&) {  // the device's error has been thrown already, or will be by the next call
  }
}
#else
struct OwnStream::Guard {};
OwnStream::OwnStream(const c10::Device& /*device*/) {}
OwnStream::~OwnStream() = default;
#endif

}  // namespace reslab::train
