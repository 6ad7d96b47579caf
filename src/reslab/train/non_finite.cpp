#include "reslab/train/non_finite.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>

namespace reslab::train {
namespace {

// Told of a container's layers before the container, so that the first is the innermost.
class FirstOutput final : public nn::LayerObserver {
 public:
  void on_layer(const nn::Layer& layer, at::IntArrayRef /*input*/, const at::Tensor& output) override {
    if (first_ == nullptr && !is_finite(output)) first_ = &layer;
  }
  const nn::Module* first() const { return first_; }

 private:
  const nn::Layer* first_ = nullptr;
};

}  // namespace

bool is_finite(const at::Tensor& tensor) { return at::isfinite(tensor).all().item<bool>(); }

std::string first_non_finite(models::Network& network, const at::Tensor& images) {
  const at::NoGradGuard no_grad;
  for (const auto& parameter : network.named_parameters())
    if (!is_finite(parameter.value)) return "the parameter " + parameter.name;
  if (!is_finite(images)) return "the images";
  FirstOutput observer;
  network.forward(images, nullptr, &observer);
  for (const auto& module : network.named_modules(/*include_self=*/false))
    if (module.value == observer.first()) return "the output of " + module.name + " (" + module.value->type() + ")";
  return "the loss";
}

}  // namespace reslab::train
