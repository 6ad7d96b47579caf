#include "reslab/data/batch_plan.h"

#include <algorithm>
#include <span>
#include <utility>

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

BatchPlan::BatchPlan(BatchSource source, const BatchOptions& options)
    : source_(checked(std::move(source))),
      options_(options),
      sampler_({.samples = source_.size(),
                .batch_size = options.batch_size,
                .shuffle = options.shuffle,
                .drop_last = options.drop_last,
                .limit_batches = options.limit_batches,
                .seed = options.seed}),
      input_{static_cast<int>(source_.dataset.images.size(1)), static_cast<int>(source_.dataset.images.size(2))},
      output_(source_.pipeline ? source_.pipeline->common_output_size(input_) : input_) {
  for (const std::int64_t side : options.sides)
    if (side < 1 || side > std::min(output_.height, output_.width))
      throw core::UserError({.attempted = core::concatenate("train on images of ", side, " × ", side, " pixels"),
                             .found = core::concatenate("augmented images of ", output_.height, " × ", output_.width),
                             .allowed = "a side that isn't above theirs: images are made smaller, never larger",
                             .remedy = "change resolution.sides"});
}

augment::Size BatchPlan::size_in(std::int64_t epoch) const {
  if (options_.sides.empty()) return output_;
  const auto last = static_cast<std::int64_t>(options_.sides.size()) - 1;
  const auto side = static_cast<int>(options_.sides[static_cast<std::size_t>(std::min(epoch, last))]);
  return {side, side};
}

std::vector<std::int64_t> BatchPlan::ids(std::vector<std::int64_t> order) const {
  if (!source_.indices.defined()) return order;
  const auto* indices = source_.indices.const_data_ptr<std::int64_t>();
  for (std::int64_t& place : order) place = indices[place];
  return order;
}

}  // namespace reslab::data
