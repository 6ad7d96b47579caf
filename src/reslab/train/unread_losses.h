// Losses of batches whose steps a GPU may not have finished yet. The training loop adds them without waiting, and reads
// each one some batches later, so that the GPU always has work.
//
//   unread.add(event, values);                    // returns at once
//   while (unread.size() > 8) count(unread.read());  // waits for the oldest batch alone
#pragma once

#include <ATen/core/Tensor.h>

#include <list>

#include "reslab/train/batch_values.h"
#include "reslab/train/events.h"

namespace reslab::train {

/// A queue: the oldest batch is read first. Not thread-safe: the training thread alone calls it.
class UnreadLosses {
 public:
  UnreadLosses();
  ~UnreadLosses();
  UnreadLosses(const UnreadLosses&) = delete;
  UnreadLosses& operator=(const UnreadLosses&) = delete;

  /// Adds a batch. `values`, as pack_values makes it, is copied to the host asynchronously, after the work that the
  /// current stream already has; the caller may overwrite it by later work on the same stream. On a processor the
  /// tensor is shared, not copied, and the caller must not overwrite it.
  void add(const BatchDone& event, const at::Tensor& values);

  /// Batches that were added and not read.
  std::int64_t size() const;

  /// Forgets all batches.
  void clear();

  struct Read {
    BatchDone event;  ///< as it was added
    BatchValues values;
  };

  /// Removes the oldest batch and returns it, after waiting for its values to arrive. Requires: size() > 0.
  Read read();

 private:
  struct Unread;
  std::list<Unread> waiting_;
};

}  // namespace reslab::train
