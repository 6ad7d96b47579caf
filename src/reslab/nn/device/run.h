// Runs tasks (norm_tasks.h, pool_tasks.h) where their memory is.
#pragma once

#include <c10/core/Device.h>

#include <vector>

#include "reslab/core/error.h"
#include "reslab/core/team.h"
#include "reslab/core/thread_team.h"
#include "reslab/nn/device/blocks.h"
#include "reslab/nn/device/run_on_cuda.h"

namespace reslab::nn::device {

/// Block after block, by so many threads.
template <typename Task>
void run_on_host(const Task& task, int block_threads) {
  std::vector<typename Task::Shared> shared(2 * most_width * static_cast<std::size_t>(block_threads));
  const auto blocks = [&](auto& team) {
    for (int tile = 0; tile < task.layout.tiles; ++tile)
      for (int chunk = 0; chunk < task.layout.chunks; ++chunk) {
        task.block(tile, chunk, shared.data(), team);
        team.wait();
      }
  };
  if (block_threads == 1) {
    core::OneThread alone;
    blocks(alone);
  } else {
    core::run_in_team(block_threads, blocks);
  }
}

/// block_threads: what the task's layout was made for.
template <typename Task>
void run(const Task& task, const c10::Device& device, int block_threads) {
#ifdef RESLAB_HAS_CUDA
  if (device.is_cuda()) {
    RESLAB_ASSERT(block_threads == threads, block_threads);
    return run_on_cuda(task);
  }
#endif
  RESLAB_ASSERT(device.is_cpu(), "no kernels for ", device);
  run_on_host(task, block_threads);
}

}  // namespace reslab::nn::device
