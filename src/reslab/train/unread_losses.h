// What batches have cost, on its way from the device: read when it has arrived, so that a GPU never waits for the loop.
#pragma once

#include <ATen/core/Tensor.h>

#include <list>

#include "reslab/train/events.h"

namespace reslab::train {

class UnreadLosses {
 public:
  UnreadLosses();
  ~UnreadLosses();
  UnreadLosses(const UnreadLosses&) = delete;
  UnreadLosses& operator=(const UnreadLosses&) = delete;

  /// A batch of so many samples. values: [2], fp64, where the batch was trained on: the mean loss, and how many are
  /// right; copied from there behind what the current stream has to do. Doesn't wait.
  void add(const BatchDone& event, std::int64_t samples, const at::Tensor& values);

  std::int64_t size() const;
  void clear();

  struct Read {
    BatchDone event;  ///< as it was added
    std::int64_t samples = 0;
    double loss = 0;
    std::int64_t correct = 0;
  };

  /// The oldest, when it has arrived. At least one must be there.
  Read read();

 private:
  struct Unread;
  std::list<Unread> waiting_;
};

}  // namespace reslab::train
