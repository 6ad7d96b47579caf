// The tensor allocator of the process: large blocks on huge pages, freed blocks kept for the next step.
//
// A training step frees and asks for the same sizes again and again. With the system's allocator each large tensor
// comes from fresh pages, and the page faults cost a quarter of a step or more. Here a freed block goes to a list of
// its size class and is handed out again, so that a steady state asks the system for nothing.
//
// Thread safety: all functions may be called from any thread.
#pragma once

#include <cstddef>

#include "reslab/core/error.h"

namespace reslab::core {

/// The system gives no more memory. It says nothing of the file or the value that the memory was for.
class OutOfMemory : public UserError {
 public:
  using UserError::UserError;
};

/// Bytes, of blocks that tensors asked for.
struct AllocatorStatistics {
  std::size_t in_use = 0;    ///< in live tensors, rounded up to size classes
  std::size_t peak = 0;      ///< highest `in_use` since the start or since reset_allocator_peak
  std::size_t reserved = 0;  ///< held from the system, in use or kept
  std::size_t requests = 0;  ///< blocks asked for from the system since the start
};

/// Makes libtorch take CPU tensors from this allocator, which throws OutOfMemory. Call it before the first tensor;
/// further calls do nothing.
void install_allocator();

AllocatorStatistics allocator_statistics();
void reset_allocator_peak();

/// Gives kept blocks back to the system.
void release_kept_blocks();

}  // namespace reslab::core
