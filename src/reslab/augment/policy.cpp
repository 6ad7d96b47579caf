#include "reslab/augment/policy.h"

#include <utility>

#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

constexpr std::size_t most_policies = 240;  // streams from augment up to test

}  // namespace

void Pipeline::add(std::unique_ptr<Policy> policy) {
  RESLAB_ASSERT(policy != nullptr);
  if (policies_.size() == most_policies)
    throw core::UserError({.attempted = core::concatenate("add the policy '", policy->name(), "' to a pipeline"),
                           .found = core::concatenate("it has ", policies_.size(), " policies already"),
                           .allowed = core::concatenate("at most ", most_policies)});
  policies_.push_back(std::move(policy));
}

void Pipeline::apply(Image& image, const SampleKey& key) const {
  for (std::size_t place = 0; place < policies_.size(); ++place) {
    core::Random random({.seed = key.seed, .stream = stream_of(place), .epoch = key.epoch, .sample = key.sample});
    policies_[place]->apply(image, random);
  }
}

std::optional<Size> Pipeline::output_size(std::optional<Size> input) const {
  for (const auto& policy : policies_) input = policy->output_size(input);
  return input;
}

Size Pipeline::common_output_size(std::optional<Size> input) const {
  if (const std::optional<Size> output = output_size(input)) return *output;
  throw core::UserError({.attempted = "make batches of augmented images",
                         .found = "images of different sizes",
                         .allowed = "one size for all images of a batch",
                         .remedy = "end augment.policies with one that gives every image the same size, such as "
                                   "random_resized_crop or resize with height and width"});
}

}  // namespace reslab::augment
