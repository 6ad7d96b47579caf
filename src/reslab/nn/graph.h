// The description of a network: its operations in the order in which they run. It is written once; execution (plan.h),
// features, summaries and counts of operations read it.
//
//   nn::Graph graph("TwoLayers");
//   nn::Value x = graph.add("conv", std::make_shared<nn::Conv2d>(…), nn::Graph::images);
//   graph.enter(nn::Place::body, 0);
//   const nn::Value inner = graph.add("act", nn::make_activation("relu"), x);
//   x = graph.add("conv2", std::make_shared<nn::Conv2d>(…), inner);
//   x = graph.add(nn::Add{}, {x, inner});
//   graph.name_feature("layer1", x);
//   graph.add("head", std::make_shared<nn::Linear>(…), graph.add(nn::MaxPool{0}, {x}));
//
// The last node gives what the network gives.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "reslab/nn/layer.h"
#include "reslab/nn/module.h"
#include "reslab/nn/op.h"

namespace reslab::nn {

/// The index of the node that makes it.
using Value = std::int32_t;

/// Where in the network a node stands: before its blocks, in them, or behind them.
enum class Place { stem, body, head };

struct Node {
  Op op;
  std::vector<Value> inputs;     ///< nodes before this one
  std::string path;              ///< of its layer, from the network down, as in its weights' names; "" without a layer
  std::shared_ptr<Layer> layer;  ///< what computes it and holds its parameters; null for Input, Add, Scale, Softmax and
                                 ///< a pooling of the whole map
  Place place = Place::body;
  int block = 0;  ///< of the body, counted from 0
};

/// [n, channels, height, width], or [n, features].
using Shape = std::vector<std::int64_t>;

class Graph {
 public:
  static constexpr Value images = 0;  ///< what every graph begins with

  /// type: what the network is called, as "CustomResNet".
  explicit Graph(std::string type);

  /// Where the nodes that follow stand. A graph begins in the stem.
  void enter(Place place, int block = 0);
  /// Adds a layer's operation. Two nodes of one path are one layer, which runs twice.
  Value add(std::string path, std::shared_ptr<Layer> layer, Value input);
  /// Adds an operation that needs no layer: Add, Scale, Softmax, or a MaxPool of the whole map.
  Value add(Op op, std::vector<Value> inputs);
  /// Features are what class-activation maps are made of, in the order in which they are named.
  void name_feature(std::string name, Value value);

  const std::string& type() const { return type_; }
  std::span<const Node> nodes() const { return nodes_; }
  std::span<const Named<Value>> features() const { return features_; }
  /// The last node.
  Value output() const { return static_cast<Value>(nodes_.size()) - 1; }

 private:
  Value append(Node node);

  std::string type_;
  Place place_ = Place::stem;
  int block_ = 0;
  std::vector<Node> nodes_;
  std::vector<Named<Value>> features_;
};

/// The shape of each node's value for images of this shape, [n, channels, height, width]. Throws UserError, with the
/// first node that can't take what it gets, for images that are too small, too large or have other channels.
std::vector<Shape> shapes_of(const Graph& graph, const Shape& images);

}  // namespace reslab::nn
