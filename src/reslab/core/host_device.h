// Marks functions that a GPU's kernels call too. Compiled for the processor, the same source is what tests compare.
#pragma once

#ifdef __CUDACC__
#define RESLAB_HOST_DEVICE __host__ __device__
#else
#define RESLAB_HOST_DEVICE
#endif
