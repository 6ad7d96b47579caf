#include "reslab/nn/roles.h"

#include <gtest/gtest.h>

#include "reslab/nn/activation.h"
#include "reslab/nn/batch_norm2d.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/linear.h"

namespace reslab::nn {
namespace {

TEST(Roles, ComeFromTheNodesAndNotFromShapes) {
  using enum ParameterKind;
  Graph graph("roles");
  const auto twice = std::make_shared<Conv2d>(Conv2dOptions{.in_channels = 4, .out_channels = 4});
  Value x =
      graph.add("stem", std::make_shared<Conv2d>(Conv2dOptions{.in_channels = 3, .out_channels = 4, .bias = true}),
                Graph::images);
  graph.enter(Place::body, 0);
  x = graph.add("narrow",
                std::make_shared<Conv2d>(Conv2dOptions{.in_channels = 4, .out_channels = 4, .kernel = 1, .padding = 0}),
                x);
  graph.enter(Place::body, 1);
  x = graph.add("blocks.1.norm", std::make_shared<BatchNorm2d>(BatchNorm2dOptions{.channels = 4}), x);
  x = graph.add("blocks.1.conv", twice, x);
  x = graph.add("blocks.1.conv", twice, x);
  graph.enter(Place::head);
  graph.add("head", std::make_shared<Linear>(LinearOptions{.in_features = 4, .out_features = 2}),
            graph.add(MaxPool{.window = 0}, {x}));
  std::vector<std::pair<std::string, Role>> roles;
  for (const Parameter& parameter : parameters_of(graph)) roles.emplace_back(parameter.name, parameter.role);
  EXPECT_EQ(roles, (std::vector<std::pair<std::string, Role>>{{"stem.weight", {filter, Place::stem, 0}},
                                                              {"stem.bias", {bias, Place::stem, 0}},
                                                              {"narrow.weight", {matrix, Place::body, 0}},
                                                              {"blocks.1.norm.weight", {scale, Place::body, 1}},
                                                              {"blocks.1.norm.bias", {shift, Place::body, 1}},
                                                              {"blocks.1.conv.weight", {filter, Place::body, 1}},
                                                              {"head.weight", {matrix, Place::head, 0}}}));
}

}  // namespace
}  // namespace reslab::nn
