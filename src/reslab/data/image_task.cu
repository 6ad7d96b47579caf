#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>

#include "reslab/data/device_maker.h"
#include "reslab/data/image_task.h"

namespace reslab::data {
namespace {

constexpr int threads = 256;  // a block's; a block makes an image

struct Block {
  std::uint32_t* sums;  // [3], shared

  __device__ int index() const { return static_cast<int>(threadIdx.x); }
  __device__ int size() const { return threads; }
  __device__ void wait() { __syncthreads(); }
  __device__ std::array<std::uint32_t, 3> sum(const std::array<std::uint32_t, 3>& values) {
    if (threadIdx.x < 3) sums[threadIdx.x] = 0;
    __syncthreads();
    for (int i = 0; i < 3; ++i) atomicAdd(sums + i, values[i]);
    __syncthreads();
    const std::array<std::uint32_t, 3> total{sums[0], sums[1], sums[2]};
    __syncthreads();
    return total;
  }
};

template <typename Value>
__global__ void __launch_bounds__(threads) make_images(const __grid_constant__ ImageTask<Value> task) {
  extern __shared__ std::uint8_t memory[];
  __shared__ std::uint32_t sums[3];
  Block block{sums};
  make_image(task, blockIdx.x, memory, memory + task.program.bytes, block);
}

template <typename Value>
void launch(const ImageTask<Value>& task, std::int64_t count) {
  make_images<<<static_cast<unsigned>(count), threads, 2 * static_cast<std::size_t>(task.program.bytes),
                c10::cuda::getCurrentCUDAStream()>>>(task);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

// What a block gets without asking for more.
static_assert(2 * most_bytes_on_device + sizeof(std::uint32_t) * 3 <= 48 * 1024);

}  // namespace

void make_images_on_cuda(const ImageTask<float>& task, std::int64_t count) { launch(task, count); }
void make_images_on_cuda(const ImageTask<c10::BFloat16>& task, std::int64_t count) { launch(task, count); }

}  // namespace reslab::data
