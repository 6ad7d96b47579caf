#include "reslab/train/lone_values.h"

#include "reslab/core/error.h"
#include "reslab/data/sampler.h"
#include "reslab/models/summary.h"
#include "reslab/nn/batch_norm2d.h"

namespace reslab::train {
namespace {

class FirstLoneValue final : public nn::LayerObserver {
 public:
  void on_layer(const nn::Layer& layer, at::IntArrayRef input, const at::Tensor& /*output*/) override {
    const bool lone = input.size() == 4 && input[2] * input[3] == 1;
    if (first == nullptr && lone && dynamic_cast<const nn::BatchNorm2d*>(&layer) != nullptr) first = &layer;
  }
  const nn::Layer* first = nullptr;
};

// "its batches hold one image", or that its last one does; nothing where all have more.
std::string lone_batch(const Recipe& recipe, std::int64_t samples) {
  const data::Sampler sampler({.samples = samples,
                               .batch_size = recipe.data.batch_size,
                               .drop_last = recipe.data.drop_last,
                               .limit_batches = recipe.data.limit_batches});
  if (sampler.batch(0).size() == 1) return "batches of one image";
  if (sampler.batch(sampler.batches() - 1).size() == 1)
    return core::concatenate("a last batch of one image (", samples, " samples in batches of ", recipe.data.batch_size,
                             ")");
  return "";
}

}  // namespace

void check_lone_values(models::Network& network, const Recipe& recipe, const TrainedImages& images) {
  const std::string batch = lone_batch(recipe, images.samples);
  if (batch.empty()) return;
  for (const augment::Size& size : images.sizes) {
    FirstLoneValue observer;
    models::run_observed(network, {.channels = images.channels, .height = size.height, .width = size.width}, observer);
    if (observer.first == nullptr) continue;
    for (const auto& module : network.named_modules(/*include_self=*/false))
      if (module.value == observer.first)
        nn::refuse_lone_values(core::concatenate("train on images of ", size.height, " × ", size.width, " pixels"),
                               core::concatenate(batch, ", of which ", module.name, " gets a map of 1 × 1 pixels"));
  }
}

}  // namespace reslab::train
