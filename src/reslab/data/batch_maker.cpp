#include "reslab/data/batch_maker.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <span>
#include <utility>

#include "reslab/augment/shrink.h"
#include "reslab/core/error.h"

namespace reslab::data {

Batch BatchMaker::make(const std::vector<std::int64_t>& order, std::int64_t epoch, std::int64_t index) {
  const BatchRange range = plan_.sampler().batch(index);
  RESLAB_ASSERT(range.end <= static_cast<std::int64_t>(order.size()));
  const bool bf16 = plan_.options().type == BatchType::bf16;
  const augment::Size size = plan_.size_in(epoch);
  const auto memory = at::TensorOptions().pinned_memory(plan_.options().pinned);
  Batch batch{.images = at::empty(
                  {range.size(), plan_.channels(), size.height, size.width},
                  memory.dtype(bf16 ? at::kBFloat16 : at::kFloat).memory_format(at::MemoryFormat::ChannelsLast)),
              .labels = at::empty({range.size()}, memory.dtype(at::kLong)),
              .sample_ids = at::empty({range.size()}, at::kLong),
              .epoch = epoch,
              .index = index};
  const auto* all_labels = plan_.source().dataset.labels.const_data_ptr<std::int64_t>();
  const at::Tensor& chosen = plan_.source().indices;
  const auto* indices = chosen.defined() ? chosen.const_data_ptr<std::int64_t>() : nullptr;
  auto* labels = batch.labels.mutable_data_ptr<std::int64_t>();
  auto* ids = batch.sample_ids.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < range.size(); ++i) {
    const std::int64_t place = order[static_cast<std::size_t>(range.begin + i)];
    ids[i] = indices != nullptr ? indices[place] : place;
    labels[i] = all_labels[ids[i]];
  }
  if (bf16)
    write_images<c10::BFloat16>(batch);
  else
    write_images<float>(batch);
  return batch;
}

template <typename Value>
void BatchMaker::write_images(Batch& batch) {
  const auto* ids = batch.sample_ids.const_data_ptr<std::int64_t>();
  const auto values = static_cast<std::size_t>(batch.images.numel() / batch.size());
  auto* destination = batch.images.mutable_data_ptr<Value>();
  for (std::int64_t i = 0; i < batch.size(); ++i, destination += values) {
    load_image(ids[i], batch.epoch);
    plan_.source().normalizer.write(image_, std::span<Value>(destination, values));
  }
}

void BatchMaker::load_image(std::int64_t id, std::int64_t epoch) {
  const BatchSource& source = plan_.source();
  image_.height = plan_.input().height;
  image_.width = plan_.input().width;
  image_.channels = plan_.channels();
  const auto bytes = static_cast<std::int64_t>(image_.offset(image_.height, 0));
  const auto* begin = source.dataset.images.const_data_ptr<std::uint8_t>() + id * bytes;
  image_.pixels.assign(begin, begin + bytes);
  if (source.pipeline) source.pipeline->apply(image_, plan_.key(epoch, id));
  if (!plan_.options().sides.empty()) augment::shrink(image_, plan_.size_in(epoch));
}

}  // namespace reslab::data
