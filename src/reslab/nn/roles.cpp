#include "reslab/nn/roles.h"

#include <algorithm>

#include "reslab/core/error.h"

namespace reslab::nn {
namespace {

ParameterKind kind_of(const Op& op, const std::string& name) {
  const bool is_weight = name == "weight";
  if (const auto* const convolution = std::get_if<Conv2dOptions>(&op)) {
    if (!is_weight) return ParameterKind::bias;
    return convolution->kernel > 1 ? ParameterKind::filter : ParameterKind::matrix;
  }
  if (std::holds_alternative<LinearOptions>(op)) return is_weight ? ParameterKind::matrix : ParameterKind::bias;
  RESLAB_ASSERT(std::holds_alternative<BatchNorm2dOptions>(op), "an operation with a parameter '", name, "'");
  return is_weight ? ParameterKind::scale : ParameterKind::shift;
}

}  // namespace

std::vector<Parameter> parameters_of(const Graph& graph) {
  std::vector<Parameter> parameters;
  for (const Node& node : graph.nodes()) {
    if (node.layer == nullptr) continue;
    for (const auto& [name, tensor] : node.layer->named_parameters(/*recurse=*/false)) {
      const std::string whole = node.path + '.' + name;
      if (std::ranges::find(parameters, whole, &Parameter::name) != parameters.end()) continue;
      parameters.push_back({.name = whole,
                            .tensor = tensor,
                            .role = {.kind = kind_of(node.op, name), .place = node.place, .block = node.block}});
    }
  }
  return parameters;
}

}  // namespace reslab::nn
