// Images of one size, whole in memory: the only source whose images a GPU can hold.
//
//   const data::Split split = data::in_memory("random images", images, labels, {"left", "right"});
#pragma once

#include "reslab/data/split.h"

namespace reslab::data {

class TensorSource final : public ImageSource {
 public:
  /// images: [samples, height, width, channels], uint8, contiguous, CPU; labels: [samples], int64 in
  /// [0, info.class_count()), contiguous, CPU. Neither is copied. info.channels and info.size are the images'.
  TensorSource(DatasetInfo info, at::Tensor images, at::Tensor labels);

  const DatasetInfo& info() const override { return info_; }
  std::int64_t samples() const override { return labels_.size(0); }
  std::int64_t label(std::int64_t id) const override { return labels_.const_data_ptr<std::int64_t>()[id]; }
  augment::Size size(std::int64_t /*id*/) const override { return *info_.size; }

  /// SHA-256 over shapes, pixels and labels.
  std::string fingerprint() const override;
  std::unique_ptr<ImageReader> reader() const override;
  at::Tensor tensor() const override { return images_; }

 private:
  DatasetInfo info_;
  at::Tensor images_, labels_;
};

/// A split of all samples of a source of its own. The tensors as TensorSource has them; `name` is of both.
Split in_memory(const std::string& name, const at::Tensor& images, const at::Tensor& labels,
                const std::vector<std::string>& classes);

}  // namespace reslab::data
