#include "reslab/data/batch_plan.h"

#include <algorithm>
#include <span>
#include <utility>

#include "reslab/core/error.h"

namespace reslab::data {
namespace {

BatchSource checked(BatchSource source) {
  const Split& samples = source.samples;
  RESLAB_ASSERT(samples.source != nullptr && samples.ids.defined() && samples.ids.dim() == 1 &&
                    samples.ids.scalar_type() == at::kLong && samples.ids.is_cpu() && samples.ids.is_contiguous(),
                samples.name);
  if (samples.info().channels != source.channels())
    throw core::UserError({.attempted = "make batches of " + samples.name,
                           .found = core::concatenate("images of ", samples.info().channels, " channels, but ",
                                                      source.channels(), " means and standard deviations"),
                           .allowed = "one of each by channel (data.mean, data.std)"});
  const std::span ids(samples.ids.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(samples.size()));
  RESLAB_ASSERT(std::ranges::all_of(ids, [&](std::int64_t id) { return id >= 0 && id < samples.source->samples(); }));
  return source;
}

}  // namespace

bool fits_before_pipeline(const BatchSource& source) {
  return source.transform.fit.kind != FitKind::none && !(source.pipeline && source.pipeline->takes_any_size());
}

augment::Size size_of_images(const BatchSource& source) {
  const std::optional<augment::Size> stored = source.samples.info().size;
  const bool fitted = fits_before_pipeline(source);
  const std::optional<augment::Size> size = fitted ? output_size(source.transform.fit, stored) : stored;
  if (!size && !(source.pipeline && source.pipeline->takes_any_size()))
    throw core::UserError({.attempted = "make batches of " + source.samples.name,
                           .found = "images of different sizes",
                           .allowed = "images of one size in a batch",
                           .remedy = "name a size to which they are brought, such as --image-size 64"});
  return source.pipeline ? source.pipeline->common_output_size(size) : *size;
}

BatchPlan::BatchPlan(BatchSource source, const BatchOptions& options)
    : source_(checked(std::move(source))),
      options_(options),
      sampler_({.samples = source_.size(),
                .batch_size = options.batch_size,
                .shuffle = options.shuffle,
                .drop_last = options.drop_last,
                .join_last = options.join_last,
                .limit_batches = options.limit_batches,
                .seed = options.seed}),
      output_(size_of_images(source_)),
      fits_first_(fits_before_pipeline(source_)) {
  if (options.balanced) {
    RESLAB_ASSERT(options.shuffle);
    const at::Tensor labels = source_.samples.labels();
    balanced_.emplace(std::span(labels.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(labels.numel())),
                      options.seed);
  }
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

EpochOrder BatchPlan::order(std::int64_t epoch) const {
  return balanced_ ? balanced_->order(epoch) : EpochOrder{.places = sampler_.order(epoch), .uses = {}};
}

std::vector<std::int64_t> BatchPlan::ids(std::vector<std::int64_t> order) const {
  for (std::int64_t& place : order) place = source_.samples.id(place);
  return order;
}

}  // namespace reslab::data
