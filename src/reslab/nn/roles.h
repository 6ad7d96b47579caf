// What each parameter of a network is for, read from its graph: what optimisers, rates and decay go by.
//
//   for (const nn::Parameter& parameter : nn::parameters_of(network.graph()))
//     if (parameter.role.kind == nn::ParameterKind::filter) …
#pragma once

#include "reslab/nn/graph.h"

namespace reslab::nn {

enum class ParameterKind {
  filter,  ///< of a convolution with a window of more than one pixel
  matrix,  ///< of a linear layer, or of a convolution with a window of one pixel
  scale,   ///< of a normalisation
  shift,   ///< likewise
  bias     ///< of a convolution
};

struct Role {
  ParameterKind kind = ParameterKind::filter;
  Place place = Place::body;
  int block = 0;

  /// Whether it moves or scales channels: the ones that weight decay usually leaves alone.
  bool is_norm_or_bias() const { return kind != ParameterKind::filter && kind != ParameterKind::matrix; }
  friend bool operator==(const Role&, const Role&) = default;
};

struct Parameter {
  std::string name;  ///< from the network down: "layers.0.conv1.weight"
  at::Tensor tensor;
  Role role;
};

/// All parameters, in the order in which their layers first run; those of a layer that runs twice once.
std::vector<Parameter> parameters_of(const Graph& graph);

}  // namespace reslab::nn
