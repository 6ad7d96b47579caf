// Batches in order, made ahead of time by threads in the background.
//
//   data::Loader loader({.samples = splits.train, .pipeline = pipeline, .transform = transform},
//                       {.batch = {.batch_size = 512, .seed = 1}, .epochs = 24});
//   for (int epoch = 0; epoch < 24; ++epoch)
//     while (auto batch = loader.next()) step(*batch);
//
// The threads go on into the next epoch while the last batches of this one are used. Batches depend on source and
// options alone: not on timing, nor on the number of threads, nor on where loading began.
//
// For evaluation: no pipeline, and .shuffle = false.
//
// Where the images are resident on a device, batches are made there instead (data/device_maker.h), and are the same.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "reslab/augment/mix.h"
#include "reslab/data/batch_maker.h"

namespace reslab::data {

struct LoaderOptions {
  BatchOptions batch;
  std::int64_t first_epoch = 0;  ///< where to begin, ≥ 0
  std::int64_t first_batch = 0;  ///< in the first epoch, in [0, batches()]; batches() is that epoch's end
  std::int64_t epochs = 1;       ///< the last one is epochs − 1, wherever loading began
  std::int64_t ahead = 2;        ///< batches that may wait to be used, ≥ 1; one more may be in the making
  int threads = 1;               ///< that make them, ≥ 1; they share each batch
  /// Mixes each batch's images and gives it soft labels, by draws that (seed, epoch, index of the batch) key.
  std::optional<augment::MixOptions> mix = {};
  bool repeat_first = false;  ///< make only the first batch and hand it out under every number: for benchmarks
};

/// Not thread-safe: one thread calls next(). Each of the loader's threads works by itself alone.
class Loader {
 public:
  /// Starts the threads. Throws UserError when the options are out of range or don't fit the source.
  Loader(BatchSource source, const LoaderOptions& options);
  ~Loader();  ///< stops the threads, each after the images that it is making
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// The next batch, waiting for it if need be; nothing once at each epoch's end, and for ever after the last epoch's.
  /// An exception of a thread is thrown here, after the batches before it, and again in further calls.
  std::optional<Batch> next();

  /// Batches in a whole epoch.
  std::int64_t batches() const;

  /// Seconds that next() has waited so far.
  double waiting_seconds() const;

  class Worker;

 private:
  std::unique_ptr<Worker> worker_;
};

}  // namespace reslab::data
