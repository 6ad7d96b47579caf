// The team of one thread: how the processor runs what a GPU's block of threads does.
#pragma once

#include "reslab/core/host_device.h"

namespace reslab::core {

/// The team of one thread. Others offer the same members.
struct OneThread {
  RESLAB_HOST_DEVICE int index() const { return 0; }  ///< of this thread, in [0, size())
  RESLAB_HOST_DEVICE int size() const { return 1; }
  RESLAB_HOST_DEVICE void wait() {}  ///< until all have come here
};

}  // namespace reslab::core
