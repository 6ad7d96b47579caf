#include "reslab/models/speednet.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/max_pool2d.h>

#include "reslab/core/error.h"
#include "reslab/core/nearest.h"
#include "reslab/nn/activation.h"
#include "reslab/nn/fusion.h"
#include "reslab/nn/max_pool2d.h"
#include "reslab/nn/whitening.h"

namespace reslab::models {
namespace {

std::shared_ptr<nn::Conv2d> conv3x3(std::int64_t in, std::int64_t out) {
  return std::make_shared<nn::Conv2d>(nn::Conv2dOptions{.in_channels = in, .out_channels = out, .dirac = true});
}

std::shared_ptr<nn::BatchNorm2d> unscaled_norm(std::int64_t channels) {
  return std::make_shared<nn::BatchNorm2d>(
      nn::BatchNorm2dOptions{.channels = channels, .eps = 1e-12, .momentum = 0.4, .scaled = false});
}

std::int64_t last_width(const Options& options) {
  return options.last_width == 0 ? options.group_width : options.last_width;
}

void check(const Options& options) {
  const auto refuse = [](const std::string& found, const std::string& allowed, const std::string& remedy = "") {
    throw core::UserError(
        {.attempted = "make the network 'speednet'", .found = found, .allowed = allowed, .remedy = remedy});
  };
  if (options.depth != 2 && options.depth != 3)
    refuse(core::concatenate("a depth of ", options.depth), "2 or 3 convolutions in a group");
  const auto known = nn::activation_names();
  if (std::ranges::find(known, options.activation) == known.end())
    refuse("the activation '" + options.activation + "'", core::join(known),
           core::did_you_mean(options.activation, known));
}

}  // namespace

class Speednet::Group final : public nn::Layer {
 public:
  Group(std::int64_t in, std::int64_t out, std::int64_t depth, const std::string& activation)
      : pool_(register_module("pool", std::make_shared<nn::MaxPool2d>(2))),
        activation_(register_module("activation", nn::make_activation(activation))) {
    for (std::int64_t i = 0; i < depth; ++i) {
      const std::string number = std::to_string(i + 1);
      convolutions_.push_back(register_module("conv" + number, conv3x3(i == 0 ? in : out, out)));
      norms_.push_back(register_module("norm" + number, unscaled_norm(out)));
    }
  }

  at::Tensor forward(const at::Tensor& input) override { return pass(input, nullptr); }

 protected:
  at::Tensor forward_parts(const at::Tensor& input, nn::LayerObserver& observer) override {
    return pass(input, &observer);
  }

 private:
  using Layers = std::vector<std::shared_ptr<nn::Layer>>;

  at::Tensor pass(const at::Tensor& input, nn::LayerObserver* observer) {
    at::Tensor x = nn::forward_fused(Layers{convolutions_[0], pool_, norms_[0], activation_}, input, {}, observer);
    const at::Tensor first = x;
    for (std::size_t i = 1; i < convolutions_.size(); ++i) {
      const Layers layers{convolutions_[i], norms_[i], activation_};
      x = i == 2 ? nn::forward_added(layers, x, first, observer) : nn::forward_fused(layers, x, {}, observer);
    }
    return x;
  }

  std::vector<std::shared_ptr<nn::Conv2d>> convolutions_;
  std::vector<std::shared_ptr<nn::BatchNorm2d>> norms_;
  std::shared_ptr<nn::MaxPool2d> pool_;
  std::shared_ptr<nn::Layer> activation_;
};

double Speednet::least_parameters(const Options& options) {
  const auto channels = static_cast<double>(options.in_channels), w = static_cast<double>(options.width);
  const auto g = static_cast<double>(options.group_width), l = static_cast<double>(last_width(options)),
             more = static_cast<double>(options.depth) - 1;
  const auto whitened = static_cast<double>(nn::whitening_channels(options.in_channels));
  const double pairs = whitened * w + more * w * w + w * g + more * g * g + g * l + more * l * l;
  return 4 * channels * whitened + 9 * pairs + l * static_cast<double>(options.classes);
}

Speednet::Speednet(const Options& options) {
  check(options);
  activation_ = register_module("activation", nn::make_activation(options.activation));
  const std::int64_t whitened = nn::whitening_channels(options.in_channels);
  whiten_ = register_module("whiten", std::make_shared<nn::Conv2d>(nn::Conv2dOptions{.in_channels = options.in_channels,
                                                                                     .out_channels = whitened,
                                                                                     .kernel = 2,
                                                                                     .padding = 0,
                                                                                     .bias = true,
                                                                                     .trained = false}));
  const auto layers = register_module("layers", std::make_shared<nn::ModuleGroup>());
  const std::int64_t widths[] = {options.width, options.group_width, last_width(options)};
  std::int64_t in = whitened;
  for (int i = 0; i < 3; ++i) {
    const std::int64_t out = widths[i];
    groups_.push_back(layers->register_module(std::to_string(i),
                                              std::make_shared<Group>(in, out, options.depth, options.activation)));
    in = out;
  }
  head_ = register_module("head", std::make_shared<nn::Linear>(nn::LinearOptions{
                                      .in_features = in, .out_features = options.classes, .unit_std = true}));
}

at::Tensor Speednet::forward(const at::Tensor& images, std::vector<Feature>* features, nn::LayerObserver* observer) {
  const std::shared_ptr<nn::Layer> first[] = {whiten_, activation_};
  at::Tensor x = nn::forward_fused(first, images, {}, observer);
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    x = nn::run(*groups_[i], x, observer);
    if (features != nullptr) features->push_back({"layer" + std::to_string(i + 1), x});
  }
  // On a processor only the first of equal values takes the gradient, at a third of what sharing it costs.
  x = x.is_cpu() ? at::max_pool2d(x, {x.size(2), x.size(3)}).flatten(1) : x.amax({2, 3});
  return nn::run(*head_, x, observer).to(at::kFloat) / static_cast<double>(x.size(1));
}

void Speednet::fit(const at::Tensor& images) {
  const at::NoGradGuard no_grad;
  whiten_->weight.copy_(nn::whitening_filters(images));
}

}  // namespace reslab::models
