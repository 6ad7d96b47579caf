#include "reslab/nn/graph.h"

#include "reslab/core/error.h"

namespace reslab::nn {
namespace {

// What a node can't take; nothing where it can.
struct ShapeRule {
  const Shape& in;
  const Shape& other;  // of Add
  std::string fault;

  bool is_map() const { return in.size() == 4; }
  Shape refuse(std::string found) {
    fault = std::move(found);
    return {};
  }

  Shape operator()(const Input&) { return in; }
  Shape operator()(const Conv2dOptions& conv) {
    if (!is_map()) return refuse("no map");
    if (in[1] != conv.in_channels)
      return refuse(core::concatenate(in[1], " channels, where it takes ", conv.in_channels));
    const std::int64_t height = in[2] + 2 * conv.padding - conv.kernel, width = in[3] + 2 * conv.padding - conv.kernel;
    if (height < 0 || width < 0)
      return refuse(core::concatenate("a map of ", in[2], " × ", in[3], " pixels, where its window has ", conv.kernel,
                                      " × ", conv.kernel));
    return {in[0], conv.out_channels, height / conv.stride + 1, width / conv.stride + 1};
  }
  Shape operator()(const BatchNorm2dOptions& norm) {
    if (!is_map()) return refuse("no map");
    if (in[1] != norm.channels) return refuse(core::concatenate(in[1], " channels, where it takes ", norm.channels));
    return in;
  }
  Shape operator()(const Activate&) { return in; }
  Shape operator()(const MaxPool& pool) {
    if (!is_map()) return refuse("no map");
    if (pool.window == 0) return {in[0], in[1], 1, 1};
    if (in[2] < pool.window || in[3] < pool.window)
      return refuse(core::concatenate("a map of ", in[2], " × ", in[3], " pixels, where its window has ", pool.window,
                                      " × ", pool.window));
    return {in[0], in[1], in[2] / pool.window, in[3] / pool.window};
  }
  Shape operator()(const LinearOptions& linear) {
    std::int64_t features = 1;
    for (std::size_t i = 1; i < in.size(); ++i) features *= in[i];
    if (features != linear.in_features)
      return refuse(core::concatenate(features, " values, where it takes ", linear.in_features));
    return {in[0], linear.out_features};
  }
  Shape operator()(const Add&) {
    return in == other ? in
                       : refuse(core::concatenate("values of ", at::IntArrayRef(in), " and of ", at::IntArrayRef(other),
                                                  ", which can't be added"));
  }
  Shape operator()(const Scale&) { return in; }
  Shape operator()(const Softmax&) { return in; }
};

}  // namespace

Graph::Graph(std::string type) : type_(std::move(type)) { nodes_.push_back({.op = Input{}}); }

void Graph::enter(Place place, int block) {
  place_ = place;
  block_ = block;
}

Value Graph::add(std::string path, std::shared_ptr<Layer> layer, Value input) {
  RESLAB_ASSERT(layer != nullptr && !path.empty(), "a layer without a path, or a path without a layer");
  const Op op = layer->op();
  return append({.op = op, .inputs = {input}, .path = std::move(path), .layer = std::move(layer)});
}

Value Graph::add(Op op, std::vector<Value> inputs) {
  const auto* const pool = std::get_if<MaxPool>(&op);
  const bool is_sum = std::holds_alternative<Add>(op);
  RESLAB_ASSERT(is_sum || std::holds_alternative<Scale>(op) || std::holds_alternative<Softmax>(op) ||
                    (pool != nullptr && pool->window == 0),
                "this operation needs a layer that computes it");
  RESLAB_ASSERT(inputs.size() == (is_sum ? 2U : 1U), "an operation of ", inputs.size(), " inputs");
  return append({.op = op, .inputs = std::move(inputs)});
}

Value Graph::append(Node node) {
  for (const Value input : node.inputs)
    RESLAB_ASSERT(input >= 0 && input < static_cast<Value>(nodes_.size()), "an input that comes later: ", input);
  for (const Node& other : nodes_)
    RESLAB_ASSERT(node.layer == nullptr || (other.path == node.path) == (other.layer == node.layer), "'", node.path,
                  "' names two layers, or a layer has two names");
  node.place = place_;
  node.block = block_;
  nodes_.push_back(std::move(node));
  return output();
}

void Graph::name_feature(std::string name, Value value) { features_.push_back({std::move(name), value}); }

std::vector<Shape> shapes_of(const Graph& graph, const Shape& images) {
  RESLAB_ASSERT(images.size() == 4, "images have four dimensions");
  std::vector<Shape> shapes{images};
  for (const Node& node : graph.nodes().subspan(1)) {
    const auto shape_of = [&](Value value) -> const Shape& { return shapes[static_cast<std::size_t>(value)]; };
    ShapeRule rule{.in = shape_of(node.inputs.front()), .other = shape_of(node.inputs.back()), .fault = ""};
    Shape shape = std::visit(rule, node.op);
    if (shape.empty())
      throw core::UserError(
          {.attempted = core::concatenate("run the network on an image of ", images[2], " × ", images[3],
                                          " pixels and ", images[1], " channels"),
           .found = core::concatenate(node.path.empty() ? "an operation" : node.path, " gets ", rule.fault),
           .remedy = "give the network's own image size"});
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

}  // namespace reslab::nn
