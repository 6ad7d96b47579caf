#include "reslab/models/custom_resnet.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/softmax.h>

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/nn/activation.h"
#include "reslab/nn/batch_norm2d.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/linear.h"
#include "reslab/nn/max_pool2d.h"
#include "reslab/nn/whitening.h"

namespace reslab::models {
namespace {

constexpr std::int64_t final_window = 4;  // pixels of the last pooling

auto conv3x3(std::int64_t in, std::int64_t out, bool dirac) {
  return std::make_shared<nn::Conv2d>(nn::Conv2dOptions{.in_channels = in, .out_channels = out, .dirac = dirac});
}
auto norm(std::int64_t channels) {
  return std::make_shared<nn::BatchNorm2d>(nn::BatchNorm2dOptions{.channels = channels});
}
auto relu() { return std::make_shared<nn::ReLU>(); }
auto pool() { return std::make_shared<nn::MaxPool2d>(2); }

// conv, pool, norm, ReLU: the pooling stands before the normalisation.
auto downsample(std::int64_t in, std::int64_t out, bool dirac) {
  return nn::sequential(conv3x3(in, out, dirac), pool(), norm(out), relu());
}

auto residual(std::int64_t channels, bool dirac) {
  return nn::sequential(conv3x3(channels, channels, dirac), norm(channels), relu(), conv3x3(channels, channels, dirac),
                        norm(channels), relu());
}

}  // namespace

double CustomResNet::least_parameters(const Options& options) {
  const auto w = static_cast<double>(options.width);
  constexpr double pairs =
      1 * 2 + 2 * 2 * 2 + 2 * 4 + 4 * 8 + 2 * 8 * 8;  // of channels, in units of w², layer by layer
  return 9 * (pairs * w * w + static_cast<double>(options.in_channels) * w) +
         8 * w * static_cast<double>(options.classes);
}

CustomResNet::CustomResNet(const Options& options) : softmax_(options.softmax) {
  const std::int64_t w = options.width;
  const bool dirac = options.dirac;
  const auto prep_conv = conv3x3(options.in_channels, w, dirac);
  if (options.whitening) prep_conv_ = prep_conv;
  prep_layer_ = register_module("prep_layer", nn::sequential(prep_conv, norm(w), relu()));
  layer1_x_ = register_module("layer1_x", downsample(w, 2 * w, dirac));
  layer1_r1_ = register_module("layer1_r1", residual(2 * w, dirac));
  layer2_ = register_module("layer2", downsample(2 * w, 4 * w, dirac));
  layer3_x_ = register_module("layer3_x", downsample(4 * w, 8 * w, dirac));
  layer3_r2_ = register_module("layer3_r2", residual(8 * w, dirac));
  pool_ = register_module("pool", std::make_shared<nn::MaxPool2d>(final_window));
  fc_ = register_module("FC", std::make_shared<nn::Linear>(nn::LinearOptions{
                                  .in_features = 8 * w, .out_features = options.classes, .zero = options.zero_head}));
}

std::int64_t CustomResNet::images_to_fit() const { return prep_conv_ != nullptr ? nn::images_to_whiten : 0; }

// The normalisation that follows undoes any filter's size, so that whitening is a matter of direction: each keeps the
// size that it was drawn with.
void CustomResNet::fit(const at::Tensor& images) {
  if (prep_conv_ == nullptr) return;
  const at::NoGradGuard no_grad;
  const at::Tensor& weight = prep_conv_->weight;
  const at::Tensor filters = nn::whitening_filters(images, {.kernel = 3, .images_at_once = 500});
  const std::int64_t count = std::min(weight.size(0), filters.size(0));
  const auto norms = [](const at::Tensor& x) { return x.flatten(1).norm(2, 1).view({-1, 1, 1, 1}); };
  at::Tensor first = weight.narrow(0, 0, count);
  const at::Tensor chosen = filters.narrow(0, 0, count);
  first.copy_(chosen / norms(chosen) * norms(first));
}

at::Tensor CustomResNet::forward(const at::Tensor& images, std::vector<Feature>* features,
                                 nn::LayerObserver* observer) {
  const auto keep = [&](const char* name, const at::Tensor& activation) {
    if (features != nullptr) features->push_back({name, activation});
  };
  const auto run = [&](nn::Layer& layer, const at::Tensor& input) { return nn::run(layer, input, observer); };
  at::Tensor x = run(*prep_layer_, images);
  x = run(*layer1_x_, x);
  x = layer1_r1_->add_to(x, observer);
  keep("layer1", x);
  x = run(*layer2_, x);
  keep("layer2", x);
  x = run(*layer3_x_, x);
  x = layer3_r2_->add_to(x, observer);
  keep("layer3", x);
  x = run(*pool_, x).flatten(1);
  const at::Tensor logits = run(*fc_, x).to(at::kFloat);
  return softmax_ ? at::softmax(logits, 1) : logits;
}

}  // namespace reslab::models
