// A row of layers of all kinds, and the graph of one.
#pragma once

#include <ATen/ATen.h>

#include "reslab/nn/activation.h"
#include "reslab/nn/batch_norm2d.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/graph.h"
#include "reslab/nn/max_pool2d.h"

namespace reslab::nn::test {

using Layers = std::vector<std::shared_ptr<Layer>>;

inline Layers make_layers() {
  const auto convolution = [](std::int64_t in, std::int64_t out) {
    return std::make_shared<Conv2d>(Conv2dOptions{.in_channels = in, .out_channels = out});
  };
  const auto norm = [] { return std::make_shared<BatchNorm2d>(BatchNorm2dOptions{.channels = 24}); };
  Layers layers{convolution(16, 24),
                std::make_shared<MaxPool2d>(2),
                norm(),
                std::make_shared<ReLU>(),
                convolution(24, 24),
                norm(),
                std::make_shared<GELU>(),
                std::make_shared<SiLU>(),
                convolution(24, 24),
                norm()};
  core::Random random({.seed = 3});
  for (const auto& layer : layers) layer->reset_parameters(random);
  return layers;
}

inline at::Tensor one_by_one(const Layers& layers, at::Tensor x) {
  for (const auto& layer : layers) x = layer->forward(x);
  return x;
}

// A value from outside the graph.
struct Given final : Layer {
  explicit Given(at::Tensor tensor) : value(std::move(tensor)) {}
  at::Tensor forward(const at::Tensor&) override { return value; }
  Op op() const override { return Activate{kernels::Activation::none}; }
  at::Tensor value;
};

// The layers one after the other; residual is added to what the last one gives or, `before`, to what it takes.
inline Graph graph_of(const Layers& layers, const at::Tensor& residual, bool before) {
  Graph graph("layers");
  const Value given = residual.defined() ? graph.add("given", std::make_shared<Given>(residual), Graph::images) : -1;
  Value x = Graph::images;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (given >= 0 && before && i + 1 == layers.size()) x = graph.add(Add{}, {x, given});
    x = graph.add("layer" + std::to_string(i), layers[i], x);
  }
  if (given >= 0 && !before) graph.add(Add{}, {x, given});
  return graph;
}

}  // namespace reslab::nn::test
