#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>

#include "reslab/nn/device/norm_tasks.h"
#include "reslab/nn/device/pool_tasks.h"
#include "reslab/nn/device/run_on_cuda.h"

namespace reslab::nn::device {
namespace {

struct Block {
  __device__ int index() const { return static_cast<int>(threadIdx.x); }
  __device__ void wait() { __syncthreads(); }
};

template <typename Task>
__global__ void __launch_bounds__(threads) kernel(const __grid_constant__ Task task) {
  __shared__ double memory[shared_floats * sizeof(float) / sizeof(double)];
  Block block;
  task.block(static_cast<int>(blockIdx.x), static_cast<int>(blockIdx.y),
             reinterpret_cast<typename Task::Shared*>(memory), block);
}

}  // namespace

template <typename Task>
void run_on_cuda(const Task& task) {
  const dim3 blocks(static_cast<unsigned>(task.layout.tiles), static_cast<unsigned>(task.layout.chunks));
  kernel<<<blocks, threads, 0, c10::cuda::getCurrentCUDAStream()>>>(task);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

template void run_on_cuda(const FinishStatistics&);
template void run_on_cuda(const FinishSums&);

#define RESLAB_FOR_ELEMENTS(value, width)                        \
  template void run_on_cuda(const RowStatistics<value, width>&); \
  template void run_on_cuda(const Activate<value, width>&);      \
  template void run_on_cuda(const GradientSums<value, width>&);  \
  template void run_on_cuda(const Gradient<value, width>&);      \
  template void run_on_cuda(const MaxPool<value, width>&);       \
  template void run_on_cuda(const MaxPoolGradient<value, width>&);
RESLAB_FOR_ELEMENTS(float, 1)
RESLAB_FOR_ELEMENTS(float, vector_width<float>)
RESLAB_FOR_ELEMENTS(c10::BFloat16, 1)
RESLAB_FOR_ELEMENTS(c10::BFloat16, vector_width<c10::BFloat16>)
#undef RESLAB_FOR_ELEMENTS

}  // namespace reslab::nn::device
