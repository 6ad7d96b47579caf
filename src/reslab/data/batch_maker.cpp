#include "reslab/data/batch_maker.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <span>
#include <utility>

#include "reslab/augment/shrink.h"
#include "reslab/core/error.h"

namespace reslab::data {
namespace {

void check_dataset(const Dataset& dataset) {
  RESLAB_ASSERT(dataset.images.defined() && dataset.images.dim() == 4 && dataset.images.is_contiguous() &&
                    dataset.images.scalar_type() == at::kByte && dataset.images.is_cpu(),
                dataset.name);
  RESLAB_ASSERT(dataset.labels.defined() && dataset.labels.dim() == 1 && dataset.labels.size(0) == dataset.size() &&
                    dataset.labels.is_contiguous() && dataset.labels.scalar_type() == at::kLong,
                dataset.name);
}

BatchSource checked(BatchSource source) {
  const Dataset& dataset = source.dataset;
  check_dataset(dataset);
  if (dataset.images.size(3) != source.normalizer.channels())
    throw core::UserError({.attempted = "make batches of " + dataset.name,
                           .found = core::concatenate("images of ", dataset.images.size(3), " channels, but ",
                                                      source.normalizer.channels(), " means and standard deviations"),
                           .allowed = "one of each by channel (data.mean, data.std)"});
  if (source.indices.defined()) {
    RESLAB_ASSERT(source.indices.dim() == 1 && source.indices.scalar_type() == at::kLong && source.indices.is_cpu());
    source.indices = source.indices.contiguous();
    const std::span indices(source.indices.const_data_ptr<std::int64_t>(),
                            static_cast<std::size_t>(source.indices.size(0)));
    RESLAB_ASSERT(std::ranges::all_of(indices, [&](std::int64_t id) { return id >= 0 && id < dataset.size(); }));
  }
  return source;
}

}  // namespace

BatchMaker::BatchMaker(BatchSource source, const BatchOptions& options)
    : source_(checked(std::move(source))),
      options_(options),
      sampler_({.samples = source_.size(),
                .batch_size = options.batch_size,
                .shuffle = options.shuffle,
                .drop_last = options.drop_last,
                .limit_batches = options.limit_batches,
                .seed = options.seed}),
      input_{static_cast<int>(source_.dataset.images.size(1)), static_cast<int>(source_.dataset.images.size(2))},
      output_(source_.pipeline ? source_.pipeline->output_size(input_) : input_) {
  for (const std::int64_t side : options.sides)
    if (side < 1 || side > std::min(output_.height, output_.width))
      throw core::UserError({.attempted = core::concatenate("train on images of ", side, " × ", side, " pixels"),
                             .found = core::concatenate("augmented images of ", output_.height, " × ", output_.width),
                             .allowed = "a side that isn't above theirs: images are made smaller, never larger",
                             .remedy = "change resolution.sides"});
}

augment::Size BatchMaker::size_in(std::int64_t epoch) const {
  if (options_.sides.empty()) return output_;
  const auto last = static_cast<std::int64_t>(options_.sides.size()) - 1;
  const auto side = static_cast<int>(options_.sides[static_cast<std::size_t>(std::min(epoch, last))]);
  return {side, side};
}

Batch BatchMaker::make(const std::vector<std::int64_t>& order, std::int64_t epoch, std::int64_t index) {
  const BatchRange range = sampler_.batch(index);
  RESLAB_ASSERT(range.end <= static_cast<std::int64_t>(order.size()));
  const auto type = options_.type == BatchType::bf16 ? at::kBFloat16 : at::kFloat;
  const augment::Size size = size_in(epoch);
  Batch batch{.images = at::empty({range.size(), source_.normalizer.channels(), size.height, size.width},
                                  at::TensorOptions(type).memory_format(at::MemoryFormat::ChannelsLast)),
              .labels = at::empty({range.size()}, at::kLong),
              .sample_ids = at::empty({range.size()}, at::kLong),
              .epoch = epoch,
              .index = index};
  const auto* all_labels = source_.dataset.labels.const_data_ptr<std::int64_t>();
  const auto* indices = source_.indices.defined() ? source_.indices.const_data_ptr<std::int64_t>() : nullptr;
  auto* labels = batch.labels.mutable_data_ptr<std::int64_t>();
  auto* ids = batch.sample_ids.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < range.size(); ++i) {
    const std::int64_t place = order[static_cast<std::size_t>(range.begin + i)];
    ids[i] = indices != nullptr ? indices[place] : place;
    labels[i] = all_labels[ids[i]];
  }
  if (options_.type == BatchType::bf16)
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
    source_.normalizer.write(image_, std::span<Value>(destination, values));
  }
}

void BatchMaker::load_image(std::int64_t id, std::int64_t epoch) {
  image_.height = input_.height;
  image_.width = input_.width;
  image_.channels = source_.normalizer.channels();
  const auto bytes = static_cast<std::int64_t>(image_.offset(image_.height, 0));
  const auto* begin = source_.dataset.images.const_data_ptr<std::uint8_t>() + id * bytes;
  image_.pixels.assign(begin, begin + bytes);
  if (source_.pipeline)
    source_.pipeline->apply(
        image_,
        {.seed = options_.seed, .epoch = static_cast<std::uint32_t>(epoch), .sample = static_cast<std::uint32_t>(id)});
  if (!options_.sides.empty()) augment::shrink(image_, size_in(epoch));
}

}  // namespace reslab::data
