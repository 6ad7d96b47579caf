// Tasks (norm_tasks.h, pool_tasks.h) on a GPU.
#pragma once

namespace reslab::nn::device {

/// On the current stream of the current CUDA device; waits for nothing. Defined where libtorch has CUDA.
template <typename Task>
void run_on_cuda(const Task& task);

}  // namespace reslab::nn::device
