#include "reslab/data/batch_maker.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <span>
#include <utility>

#include "reslab/augment/shrink.h"
#include "reslab/core/error.h"

namespace reslab::data {

Batch BatchMaker::begin(const EpochOrder& order, std::int64_t epoch, std::int64_t index) const {
  const BatchRange range = plan_.sampler().batch(index);
  RESLAB_ASSERT(range.end <= std::ssize(order.places));
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
  const Split& samples = plan_.source().samples;
  auto* labels = batch.labels.mutable_data_ptr<std::int64_t>();
  auto* ids = batch.sample_ids.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < range.size(); ++i) {
    ids[i] = samples.id(order.places[static_cast<std::size_t>(range.begin + i)]);
    labels[i] = samples.source->label(ids[i]);
  }
  if (!order.uses.empty()) batch.uses.assign(order.uses.begin() + range.begin, order.uses.begin() + range.end);
  return batch;
}

void BatchMaker::write(Batch& batch, std::int64_t first, std::int64_t last, Hand& hand) const {
  if (plan_.options().type == BatchType::bf16)
    write_images<c10::BFloat16>(batch, first, last, hand);
  else
    write_images<float>(batch, first, last, hand);
}

Batch BatchMaker::make(const EpochOrder& order, std::int64_t epoch, std::int64_t index) const {
  Batch batch = begin(order, epoch, index);
  Hand own = hand();
  write(batch, 0, batch.size(), own);
  return batch;
}

template <typename Value>
void BatchMaker::write_images(Batch& batch, std::int64_t first, std::int64_t last, Hand& hand) const {
  const auto* ids = batch.sample_ids.const_data_ptr<std::int64_t>();
  const auto values = static_cast<std::size_t>(batch.images.numel() / batch.size());
  auto* destination = batch.images.mutable_data_ptr<Value>() + static_cast<std::size_t>(first) * values;
  for (std::int64_t i = first; i < last; ++i, destination += values) {
    load_image(ids[i], batch.epoch, batch.uses.empty() ? batch.epoch : batch.uses[static_cast<std::size_t>(i)], hand);
    plan_.source().transform.normalizer.write(hand.image, std::span<Value>(destination, values));
  }
}

void BatchMaker::load_image(std::int64_t id, std::int64_t epoch, std::int64_t use, Hand& hand) const {
  const BatchSource& source = plan_.source();
  if (source.pipeline && !plan_.fits_first())
    hand.reader->read(id, {.least_side = source.least_side}, hand.image);
  else
    hand.reader->read_fitted(id, source.transform.fit, hand.image);
  if (source.pipeline) source.pipeline->apply(hand.image, plan_.key(use, id));
  if (!plan_.options().sides.empty()) augment::shrink(hand.image, plan_.size_in(epoch));
}

}  // namespace reslab::data
