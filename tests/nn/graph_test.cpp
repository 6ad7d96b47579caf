#include "reslab/nn/graph.h"

#include <gtest/gtest.h>

#include "nn/layer_row.h"
#include "reslab/core/error.h"
#include "support/message.h"

namespace reslab::nn {
namespace {

TEST(Graph, TellsTheShapesOfItsValues) {
  const std::vector<Shape> shapes = shapes_of(test::graph_of(test::make_layers(), {}, false), {2, 16, 9, 8});
  const at::Tensor x = at::randn({2, 16, 9, 8});
  EXPECT_EQ(shapes[1], (Shape{2, 24, 9, 8}));
  EXPECT_EQ(shapes[2], (Shape{2, 24, 4, 4}));
  EXPECT_EQ(shapes.back(), test::one_by_one(test::make_layers(), x).sizes().vec());
}

TEST(Graph, NamesTheNodeThatCannotTakeItsInput) {
  Graph graph("small");
  const auto conv = std::make_shared<Conv2d>(Conv2dOptions{.in_channels = 3, .out_channels = 4, .padding = 0});
  graph.add("pool", std::make_shared<MaxPool2d>(4), graph.add("stem.conv", conv, Graph::images));
  EXPECT_EQ(shapes_of(graph, {1, 3, 6, 6}).back(), (Shape{1, 4, 1, 1}));
  for (const auto& wrong : std::vector<std::pair<Shape, std::string>>{
           {{1, 1, 6, 6}, "stem.conv gets 1 channels, where it takes 3"},
           {{1, 3, 2, 6}, "stem.conv gets a map of 2 × 6 pixels, where its window has 3 × 3"},
           {{1, 3, 5, 6}, "pool gets a map of 3 × 4 pixels, where its window has 4 × 4"}}) {
    const std::string message = support::message_of<core::UserError>([&] { shapes_of(graph, wrong.first); });
    EXPECT_TRUE(support::contains(message, wrong.second)) << message;
  }
}

TEST(Graph, AddsValuesOfOneShapeAlone) {
  Graph graph("sum");
  const auto pool = std::make_shared<MaxPool2d>(2);
  graph.add(Add{}, {graph.add("pool", pool, Graph::images), Graph::images});
  const std::string message = support::message_of<core::UserError>([&] { shapes_of(graph, {1, 3, 8, 8}); });
  EXPECT_TRUE(support::contains(message, "can't be added")) << message;
}

TEST(Graph, TakesNoOperationThatNeedsALayerWithoutOne) {
  Graph graph("faulty");
  EXPECT_ANY_THROW(graph.add(MaxPool{.window = 2}, {Graph::images}));
  EXPECT_ANY_THROW(graph.add(Activate{}, {Graph::images}));
  EXPECT_ANY_THROW(graph.add(Add{}, {Graph::images}));
  EXPECT_NO_THROW(graph.add(MaxPool{.window = 0}, {Graph::images}));
}

}  // namespace
}  // namespace reslab::nn
