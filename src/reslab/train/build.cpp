#include "reslab/train/build.h"

#include "reslab/augment/cutout.h"
#include "reslab/augment/horizontal_flip.h"
#include "reslab/augment/pad.h"
#include "reslab/augment/random_crop.h"
#include "reslab/core/error.h"
#include "reslab/data/statistics.h"

namespace reslab::train {
namespace {

std::unique_ptr<augment::Policy> build_policy(const std::string& name, const AugmentOptions& options,
                                              const augment::Normalizer& normalizer) {
  if (name == "pad")
    return std::make_unique<augment::Pad>(augment::PadOptions{
        .height = options.pad.height, .width = options.pad.width, .probability = options.pad.probability});
  if (name == "random_crop")
    return std::make_unique<augment::RandomCrop>(
        augment::RandomCropOptions{.height = options.random_crop.height,
                                   .width = options.random_crop.width,
                                   .probability = options.random_crop.probability});
  if (name == "horizontal_flip")
    return std::make_unique<augment::HorizontalFlip>(
        augment::HorizontalFlipOptions{.probability = options.horizontal_flip.probability});
  if (name == "cutout")
    return std::make_unique<augment::Cutout>(augment::CutoutOptions{.holes = options.cutout.holes,
                                                                    .height = options.cutout.height,
                                                                    .width = options.cutout.width,
                                                                    .probability = options.cutout.probability,
                                                                    .fill = augment::fill_of_mean(normalizer.mean())});
  RESLAB_ASSERT(false, "check_recipe let the policy '", name, "' pass");
}

// Batch-norm's parameters and biases have one dimension, the weights of convolutions and linear layers more.
bool is_norm_or_bias(const at::Tensor& parameter) { return parameter.dim() <= 1; }

}  // namespace

std::shared_ptr<models::Network> build_network(const Recipe& recipe, const data::Dataset& dataset) {
  return models::create(recipe.model.name, {.classes = static_cast<std::int64_t>(dataset.classes.size()),
                                            .in_channels = dataset.images.size(3),
                                            .width = recipe.model.width,
                                            .softmax = recipe.model.softmax});
}

std::unique_ptr<optim::Sgd> build_optimizer(const Recipe& recipe, const models::Network& network) {
  const OptimizerOptions& options = recipe.optimizer;
  optim::Group decayed{.weight_decay = options.weight_decay}, free{.weight_decay = 0};
  for (const auto& item : network.named_parameters()) {
    const bool exempt = !options.decay_norm_and_bias && is_norm_or_bias(item.value());
    optim::Group& group = exempt ? free : decayed;
    group.names.push_back(item.key());
    group.parameters.push_back(item.value());
  }
  return std::make_unique<optim::Sgd>(std::vector{std::move(decayed), std::move(free)},
                                      optim::SgdOptions{.dampening = options.dampening, .nesterov = options.nesterov});
}

augment::Normalizer build_normalizer(const Recipe& recipe, const data::Dataset& train) {
  if (!recipe.data.mean.empty()) return {recipe.data.mean, recipe.data.std};
  const data::Statistics statistics = data::statistics(train);
  return {statistics.mean, statistics.std};
}

std::shared_ptr<const augment::Pipeline> build_pipeline(const Recipe& recipe, const augment::Normalizer& normalizer) {
  auto pipeline = std::make_shared<augment::Pipeline>();
  for (const std::string& name : recipe.augment.policies) pipeline->add(build_policy(name, recipe.augment, normalizer));
  return pipeline;
}

}  // namespace reslab::train
