#include "reslab/models/custom_resnet.h"

#include <ATen/TensorOperators.h>

#include <algorithm>

#include "reslab/models/graph_network.h"
#include "reslab/nn/activation.h"
#include "reslab/nn/batch_norm2d.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/linear.h"
#include "reslab/nn/max_pool2d.h"
#include "reslab/nn/whitening.h"

namespace reslab::models {
namespace {

constexpr std::int64_t final_window = 4;  // pixels of the last pooling

// Adds layers to a graph, named "0", "1", … in their group.
class Stage {
 public:
  Stage(nn::Graph& graph, std::string name, nn::Value input)
      : graph_(graph), name_(std::move(name)), value_(input), input_(input) {}

  Stage& add(std::shared_ptr<nn::Layer> layer) {
    value_ = graph_.add(name_ + '.' + std::to_string(count_++), std::move(layer), value_);
    return *this;
  }
  Stage& conv3x3(std::int64_t in, std::int64_t out, bool dirac) {
    return add(std::make_shared<nn::Conv2d>(nn::Conv2dOptions{.in_channels = in, .out_channels = out, .dirac = dirac}));
  }
  Stage& norm(std::int64_t channels) {
    return add(std::make_shared<nn::BatchNorm2d>(nn::BatchNorm2dOptions{.channels = channels}));
  }
  Stage& relu() { return add(std::make_shared<nn::ReLU>()); }
  Stage& pool() { return add(std::make_shared<nn::MaxPool2d>(2)); }

  /// What it gives.
  nn::Value value() const { return value_; }
  /// That, and what it takes added.
  nn::Value added() { return graph_.add(nn::Add{}, {value_, input_}); }

 private:
  nn::Graph& graph_;
  std::string name_;
  nn::Value value_, input_;
  int count_ = 0;
};

// The normalisation that follows undoes any filter's size, so that whitening is a matter of direction: each keeps the
// size that it was drawn with.
void whiten(const at::Tensor& weight, const at::Tensor& images) {
  const at::Tensor filters = nn::whitening_filters(images, {.kernel = 3, .images_at_once = 500});
  const std::int64_t count = std::min(weight.size(0), filters.size(0));
  const auto norms = [](const at::Tensor& x) { return x.flatten(1).norm(2, 1).view({-1, 1, 1, 1}); };
  at::Tensor first = weight.narrow(0, 0, count);
  const at::Tensor chosen = filters.narrow(0, 0, count);
  first.copy_(chosen / norms(chosen) * norms(first));
}

double least_parameters_of_custom_resnet(const Settings& settings) {
  const auto w = static_cast<double>(settings.whole("width"));
  constexpr double pairs =
      1 * 2 + 2 * 2 * 2 + 2 * 4 + 4 * 8 + 2 * 8 * 8;  // of channels, in units of w², layer by layer
  return 9 * (pairs * w * w + static_cast<double>(settings.in_channels()) * w) +
         8 * w * static_cast<double>(settings.classes());
}

std::shared_ptr<Network> make_custom_resnet(const Settings& settings) {
  const std::int64_t w = settings.whole("width");
  const bool dirac = settings.flag("dirac");
  nn::Graph graph("CustomResNet");
  // conv, pool, norm, ReLU: the pooling stands before the normalisation.
  int block = 0;
  const auto downsample = [&](const char* name, nn::Value input, std::int64_t in, std::int64_t out) {
    graph.enter(nn::Place::body, block++);
    return Stage(graph, name, input).conv3x3(in, out, dirac).pool().norm(out).relu().value();
  };
  const auto residual = [&](const char* name, nn::Value input, std::int64_t channels) {
    Stage stage(graph, name, input);
    for (int i = 0; i < 2; ++i) stage.conv3x3(channels, channels, dirac).norm(channels).relu();
    return stage.added();
  };
  const auto prep_conv = std::make_shared<nn::Conv2d>(
      nn::Conv2dOptions{.in_channels = settings.in_channels(), .out_channels = w, .dirac = dirac});
  nn::Value x = Stage(graph, "prep_layer", nn::Graph::images).add(prep_conv).norm(w).relu().value();
  x = downsample("layer1_x", x, w, 2 * w);
  x = residual("layer1_r1", x, 2 * w);
  graph.name_feature("layer1", x);
  x = downsample("layer2", x, 2 * w, 4 * w);
  graph.name_feature("layer2", x);
  x = downsample("layer3_x", x, 4 * w, 8 * w);
  x = residual("layer3_r2", x, 8 * w);
  graph.name_feature("layer3", x);
  graph.enter(nn::Place::head);
  x = graph.add("pool", std::make_shared<nn::MaxPool2d>(final_window), x);
  x = graph.add("FC",
                std::make_shared<nn::Linear>(nn::LinearOptions{
                    .in_features = 8 * w, .out_features = settings.classes(), .zero = settings.flag("zero_head")}),
                x);
  if (settings.flag("softmax")) graph.add(nn::Softmax{}, {x});
  if (!settings.flag("whitening")) return std::make_shared<GraphNetwork>(graph);
  return std::make_shared<GraphNetwork>(
      graph, Fit{.images = nn::images_to_whiten,
                 .compute = [prep_conv](const at::Tensor& images) { whiten(prep_conv->weight, images); }});
}

}  // namespace

NetworkKind custom_resnet() {
  return {.name = "custom_resnet",
          .options = {{.name = "width",
                       .initial = 64,
                       .meaning = "channels of the first layer; the other layers' follow from it",
                       .least = 1,
                       .most = 4096},
                      {.name = "softmax",
                       .initial = false,
                       .meaning = "the network ends in a softmax (the loss then applies a second one)"},
                      {.name = "dirac",
                       .initial = false,
                       .meaning = "filters begin as the identity, where channels allow it",
                       .in_weights_file = false},
                      {.name = "whitening",
                       .initial = false,
                       .meaning = "the first layer's filters begin as ones that whiten the training images",
                       .in_weights_file = false},
                      {.name = "zero_head",
                       .initial = false,
                       .meaning = "the last layer begins at zero, so that all classes begin alike",
                       .in_weights_file = false}},
          .make = &make_custom_resnet,
          .least_parameters = &least_parameters_of_custom_resnet};
}

}  // namespace reslab::models
