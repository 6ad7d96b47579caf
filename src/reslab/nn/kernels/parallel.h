// Blocks of work over libtorch's threads, each taken by whoever is free: on a shared machine halves of equal size don't
// end together. What a block computes must not depend on who does it.
//
//   for_each_block(blocks, [&](std::int64_t block, std::int64_t thread) { … });
#pragma once

#include <ATen/Parallel.h>

#include <atomic>
#include <cstdint>

#if !defined(_OPENMP) && !defined(RESLAB_WITHOUT_OPENMP)
#error "at::parallel_for is serial without OpenMP"
#endif

namespace reslab::nn::kernels {

/// Calls work(block, thread) for each block in [0, blocks); thread is in [0, at::get_num_threads()), no two at a time
/// the same.
template <typename Work>
void for_each_block(std::int64_t blocks, const Work& work) {
  std::atomic<std::int64_t> next{0};
  at::parallel_for(0, std::min<std::int64_t>(blocks, at::get_num_threads()), 1, [&](std::int64_t, std::int64_t) {
    const std::int64_t thread = at::get_thread_num();
    for (std::int64_t block = next++; block < blocks; block = next++) work(block, thread);
  });
}

}  // namespace reslab::nn::kernels
