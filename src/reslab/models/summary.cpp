#include "reslab/models/summary.h"

#include <algorithm>
#include <limits>
#include <map>

#include "reslab/core/error.h"

namespace reslab::models {
namespace {

using nn::Shape;

// The shapes that each layer sees, and when it is first run.
class Shapes final {
 public:
  struct Seen {
    Shape input, output;
    std::size_t first = never, last = 0;  // places among all nodes
  };
  static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();

  Shapes(const nn::Graph& graph, const Shape& images) {
    const std::vector<Shape> shapes = nn::shapes_of(graph, images);
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const nn::Node& node = graph.nodes()[i];
      if (node.layer == nullptr) continue;
      Seen& seen = seen_[node.layer.get()];
      seen.input = shapes[static_cast<std::size_t>(node.inputs.front())], seen.output = shapes[i];
      // A linear layer takes a map as its values.
      if (const auto* const linear = std::get_if<nn::LinearOptions>(&node.op))
        seen.input = {images.front(), linear->in_features};
      seen.first = std::min(seen.first, i), seen.last = i;
    }
  }
  const Seen* find(const nn::Module& module) const {
    const auto found = seen_.find(&module);
    return found == seen_.end() ? nullptr : &found->second;
  }
  /// Of a module that only groups others: from its first layer to its last.
  Seen of_group(const nn::Module& module) const {
    Seen whole;
    for (const auto& child : module.named_children()) {
      const Seen* own = find(*child.value);
      const Seen part = own != nullptr ? *own : of_group(*child.value);
      if (part.first == never) continue;
      if (part.first < whole.first) whole.first = part.first, whole.input = part.input;
      if (part.last >= whole.last) whole.last = part.last, whole.output = part.output;
    }
    return whole;
  }
  /// When its first layer, or it, was first run.
  std::size_t first_of(const nn::Module& module) const {
    const Seen* own = find(module);
    std::size_t first = own != nullptr ? own->first : never;
    for (const auto& child : module.named_children()) first = std::min(first, first_of(*child.value));
    return first;
  }

 private:
  std::map<const nn::Module*, Seen> seen_;
};

Shape times(Shape shape, std::int64_t batch) {
  if (!shape.empty()) shape.front() *= batch;
  return shape;
}

std::int64_t product(const Shape& shape, std::size_t first = 0) {
  std::int64_t result = 1;
  for (std::size_t i = first; i < shape.size(); ++i) result *= shape[i];
  return result;
}

std::int64_t multiply_adds(const nn::Module& layer, const Shape& output) {
  std::int64_t sum = 0;
  for (const at::Tensor& parameter : layer.parameters(/*recurse=*/false)) {
    const bool convolution = parameter.dim() > 2;  // its weight is used at every place
    sum += parameter.numel() * output.front() * (convolution ? product(output, 2) : 1);
  }
  return sum;
}

class Walk {
 public:
  Walk(Summary& summary, const Shapes& shapes, const SummaryOptions& options)
      : summary_(summary), shapes_(shapes), options_(options) {}

  // The children of `module` in the order in which they first run, each followed by its own.
  void children_of(const nn::Module& module, const std::string& prefix, int depth) {
    auto children = module.named_children();
    std::ranges::stable_sort(children, {}, [&](const auto& child) { return shapes_.first_of(*child.value); });
    for (const auto& child : children) {
      const std::size_t index = summary_.layers.size();
      summary_.layers.push_back(describe(child.name, prefix + child.name, *child.value, depth));
      const std::size_t first = summary_.layers.size();
      children_of(*child.value, prefix + child.name + ".", depth + 1);
      for (std::size_t i = first; i < summary_.layers.size(); ++i)
        if (!summary_.layers[i].container) summary_.layers[index].multiply_adds += summary_.layers[i].multiply_adds;
    }
  }

 private:
  LayerSummary describe(const std::string& name, const std::string& path, const nn::Module& module, int depth) {
    LayerSummary layer{.name = name, .path = path, .type = module.type(), .depth = depth};
    layer.container = !module.named_children().empty();
    if (const auto* known = dynamic_cast<const nn::Layer*>(&module)) layer.kernel = known->window();
    for (const at::Tensor& parameter : module.parameters()) {
      layer.parameters += parameter.numel();
      if (parameter.requires_grad()) layer.trainable += parameter.numel();
    }
    if (dynamic_cast<const nn::ModuleGroup*>(&module) != nullptr) {
      layer.type = "Group";
      const Shapes::Seen whole = shapes_.of_group(module);
      layer.input = times(whole.input, options_.batch_size);
      layer.output = times(whole.output, options_.batch_size);
    }
    const Shapes::Seen* seen = shapes_.find(module);
    if (seen == nullptr) return layer;
    layer.input = times(seen->input, options_.batch_size);
    layer.output = times(seen->output, options_.batch_size);
    if (layer.container) return layer;
    layer.multiply_adds = multiply_adds(module, layer.output);
    summary_.multiply_adds += layer.multiply_adds;
    if (layer.parameters > 0) summary_.activation_bytes += 2 * product(layer.output) * options_.activation_bytes;
    return layer;
  }

  Summary& summary_;
  const Shapes& shapes_;
  const SummaryOptions& options_;
};

}  // namespace

Summary summarise(const Network& network, const SummaryOptions& options) {
  RESLAB_ASSERT(options.batch_size >= 1, options.batch_size);
  Summary summary{.network = network.graph().type(),
                  .input = {options.batch_size, options.channels, options.height, options.width}};
  const Shapes shapes(network.graph(), {1, options.channels, options.height, options.width});
  Walk(summary, shapes, options).children_of(network, "", 0);
  for (const at::Tensor& parameter : network.parameters()) {
    summary.parameters += parameter.numel();
    if (parameter.requires_grad()) summary.trainable += parameter.numel();
  }
  summary.parameter_bytes = 4 * summary.parameters;
  summary.input_bytes = product(summary.input) * options.activation_bytes;
  return summary;
}

}  // namespace reslab::models
