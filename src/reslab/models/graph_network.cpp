#include "reslab/models/graph_network.h"

#include <ATen/core/grad_mode.h>

namespace reslab::models {
namespace {

std::vector<nn::Value> feature_values(const nn::Graph& graph) {
  std::vector<nn::Value> values;
  for (const auto& feature : graph.features()) values.push_back(feature.value);
  return values;
}

std::shared_ptr<nn::Module> child_of(const nn::Module& module, const std::string& name) {
  for (const auto& child : module.named_children())
    if (child.name == name) return child.value;
  return nullptr;
}

}  // namespace

// "layers.0.conv1": the layer conv1 in the group 0 in the group layers.
template <typename Parent>
void GraphNetwork::register_layer(Parent& parent, const std::string& path, const std::shared_ptr<nn::Layer>& layer) {
  const std::size_t dot = path.find('.');
  const std::string name = path.substr(0, dot);
  const std::shared_ptr<nn::Module> known = child_of(parent, name);
  if (dot == std::string::npos) {
    if (known == nullptr) parent.register_module(name, layer);  // else it is a layer that runs twice
    return;
  }
  auto group = std::dynamic_pointer_cast<nn::ModuleGroup>(known);
  if (group == nullptr) group = parent.register_module(name, std::make_shared<nn::ModuleGroup>());
  register_layer(*group, path.substr(dot + 1), layer);
}

GraphNetwork::GraphNetwork(const nn::Graph& graph, Fit fit)
    : plan_(graph), plan_with_features_(graph, {.taps = feature_values(graph)}), fit_(std::move(fit)) {
  for (const nn::Node& node : plan_.graph().nodes())
    if (node.layer != nullptr) register_layer(*this, node.path, node.layer);
}

at::Tensor GraphNetwork::forward(const at::Tensor& images, std::vector<Feature>* features) {
  if (features == nullptr) return plan_.run(images).output;
  const nn::Plan::Outputs outputs = plan_with_features_.run(images);
  for (std::size_t i = 0; i < outputs.taps.size(); ++i)
    features->push_back({graph().features()[i].name, outputs.taps[i]});
  return outputs.output;
}

void GraphNetwork::fit(const at::Tensor& images) {
  const at::NoGradGuard no_grad;
  if (fit_.compute) fit_.compute(images);
}

bool GraphNetwork::ends_in_softmax() const { return std::holds_alternative<nn::Softmax>(graph().nodes().back().op); }

}  // namespace reslab::models
