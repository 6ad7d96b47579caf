// Makes batches where the data set lies in a device's memory: picks, augments, makes smaller and normalises there, so
// that nothing but an epoch's order travels. A batch is BatchMaker's, bit for bit.
//
//   source.resident = data::copy_to(source.samples.source, at::kCUDA);      // once
//   if (data::DeviceMaker::suits(source)) data::DeviceMaker maker(source, {.batch_size = 2000, .seed = 1}); …
//   auto batch = maker.make(3, 24);
//
// data::Loader does so by itself. Where `resident` lies on the processor, the kernel's source runs there, serially:
// that is how tests compare the two.
#pragma once

#include <optional>

#include "reslab/augment/program.h"
#include "reslab/data/batch_plan.h"

namespace reslab::data {

/// Of an image on its way through the policies: a GPU's fast memory holds two of them.
inline constexpr int most_bytes_on_device = 24'000;

/// The tensors of `source`, whose images are in memory, copied to `device`.
std::shared_ptr<const ResidentData> copy_to(const std::shared_ptr<const ImageSource>& source,
                                            const c10::Device& device);

/// Not thread-safe: keeps an epoch's order.
class DeviceMaker {
 public:
  /// Whether its images are in memory, and they and the pipeline such as make() can do.
  static bool suits(const BatchSource& source);

  /// Throws as BatchPlan does; the source must suit, and be resident. Requires: the options aren't balanced.
  DeviceMaker(BatchSource source, const BatchOptions& options);

  /// Batches in an epoch.
  std::int64_t batches() const { return plan_.sampler().batches(); }

  /// Batch `index`, in [0, batches()), of an epoch, on the device; there it is made when the current stream comes to
  /// it.
  Batch make(std::int64_t epoch, std::int64_t index);

 private:
  template <typename Value>
  void write_images(Batch& batch) const;

  BatchPlan plan_;
  augment::Program program_;
  at::Tensor table_;                   // [channels, 256], of the batches' type, on the device
  std::optional<std::int64_t> epoch_;  // whose samples are in ids_
  at::Tensor ids_;                     // [samples], int64, on the device
};

}  // namespace reslab::data
