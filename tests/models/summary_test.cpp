#include "reslab/models/summary.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "reslab/core/error.h"
#include "reslab/nn/initialise.h"
#include "reslab/nn/state.h"
#include "support/message.h"

namespace reslab::models {
namespace {

const LayerSummary& layer(const Summary& summary, const std::string& path) {
  for (const LayerSummary& one : summary.layers)
    if (one.path == path) return one;
  ADD_FAILURE() << "no layer " << path;
  return summary.layers.front();
}

SummaryOptions of_cifar10(std::int64_t batch_size = 1) {
  return {.batch_size = batch_size, .channels = 3, .height = 32, .width = 32};
}

TEST(Summary, HasTorchinfosTotals) {
  std::ifstream file(RESLAB_SOURCE_DIR "/tests/reference/torchinfo.json");
  const nlohmann::json golden = nlohmann::json::parse(file);
  ASSERT_EQ(golden.size(), 2U);
  const auto network = create("custom_resnet", {.classes = 10, .in_channels = 3});
  for (const nlohmann::json& expected : golden) {
    const Summary summary = summarise(*network, of_cifar10(expected["batch"]));
    EXPECT_EQ(summary.parameters, expected["parameters"]);
    EXPECT_EQ(summary.trainable, expected["trainable"]);
    EXPECT_EQ(summary.multiply_adds, expected["multiply_adds"]);
    EXPECT_EQ(summary.activation_bytes, expected["activation_bytes"]);
    EXPECT_EQ(summary.parameter_bytes, expected["parameter_bytes"]);
  }
}

TEST(Summary, TellsEachLayersShapesAsTheyWere) {
  const auto network = create("custom_resnet", {.classes = 10, .in_channels = 3});
  const Summary summary = summarise(*network, of_cifar10(8));
  using Shape = std::vector<std::int64_t>;
  EXPECT_EQ(summary.network, "CustomResNet");
  EXPECT_EQ(summary.input, (Shape{8, 3, 32, 32}));
  const LayerSummary& conv = layer(summary, "layer1_x.0");
  EXPECT_EQ(conv.type, "Conv2d");
  EXPECT_EQ(conv.name, "0");
  EXPECT_EQ(conv.depth, 1);
  EXPECT_EQ(conv.input, (Shape{8, 64, 32, 32}));
  EXPECT_EQ(conv.output, (Shape{8, 128, 32, 32}));
  EXPECT_EQ(conv.kernel, 3);
  EXPECT_EQ(conv.parameters, 73'728);
  EXPECT_EQ(conv.multiply_adds, 8LL * 73'728 * 32 * 32);
  EXPECT_EQ(conv.trainable, conv.parameters);
  EXPECT_EQ(layer(summary, "layer1_x.1").kernel, 2);
  EXPECT_EQ(layer(summary, "layer1_x.1").output, (Shape{8, 128, 16, 16}));
  EXPECT_EQ(layer(summary, "layer1_x.1").trainable, 0) << "it has no parameters";
  EXPECT_EQ(layer(summary, "pool").output, (Shape{8, 512, 1, 1}));
  EXPECT_EQ(layer(summary, "FC").output, (Shape{8, 10}));
  const LayerSummary& block = layer(summary, "layer3_r2");
  EXPECT_TRUE(block.container);
  EXPECT_EQ(block.input, (Shape{8, 512, 4, 4}));
  EXPECT_EQ(block.output, (Shape{8, 512, 4, 4}));
  EXPECT_EQ(block.parameters, 2 * (2'359'296 + 1'024));
  std::int64_t inside = 0;
  for (const LayerSummary& one : summary.layers)
    if (one.path.starts_with("layer3_r2.")) inside += one.multiply_adds;
  EXPECT_EQ(block.multiply_adds, inside);
  EXPECT_GT(inside, 0);
}

TEST(Summary, LeavesTheNetworkAsItWas) {
  const auto network = create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 4}}});
  nn::initialise(*network, 1);
  network->train();
  const std::string before = nn::state_hash(nn::state_of(*network));
  summarise(*network, of_cifar10());
  EXPECT_EQ(nn::state_hash(nn::state_of(*network)), before) << "batch-norm's statistics too";
  EXPECT_TRUE(network->is_training());
}

// As they are registered, the activation comes first, and the pooling of a group before its convolution.
TEST(Summary, LayersStandInTheOrderInWhichTheyRun) {
  const Summary summary =
      summarise(*create("speednet", {.classes = 10, .in_channels = 3, .values = {{"width", 8}, {"group_width", 8}}}),
                of_cifar10(2));
  std::vector<std::string> paths;
  for (const LayerSummary& one : summary.layers) paths.push_back(one.path);
  std::vector<std::string> expected{"whiten", "activation", "layers"};
  for (const std::string group : {"layers.0", "layers.1", "layers.2"}) {
    expected.push_back(group);
    for (const char* name : {".conv1", ".pool", ".norm1", ".activation", ".conv2", ".norm2"})
      expected.push_back(group + name);
  }
  expected.emplace_back("head");
  EXPECT_EQ(paths, expected);
  const LayerSummary& group = layer(summary, "layers");
  EXPECT_EQ(group.type, "Group");
  EXPECT_EQ(group.input, (std::vector<std::int64_t>{2, 24, 31, 31}));
  EXPECT_EQ(group.output, (std::vector<std::int64_t>{2, 8, 3, 3}));
}

TEST(Summary, TellsHowManyOfALayersParametersAreTrained) {
  const Summary summary =
      summarise(*create("speednet", {.classes = 10, .in_channels = 3, .values = {{"width", 8}, {"group_width", 8}}}),
                of_cifar10());
  std::int64_t all = 0;
  for (const LayerSummary& one : summary.layers)
    if (!one.container) all += one.trainable;
  EXPECT_EQ(all, summary.trainable);
  EXPECT_EQ(layer(summary, "whiten").trainable, 24) << "its bias";
  EXPECT_EQ(layer(summary, "whiten").parameters, 24 * (3 * 2 * 2 + 1));
  EXPECT_EQ(layer(summary, "layers.0.norm1").trainable, 8);
  EXPECT_EQ(layer(summary, "layers.0.norm1").parameters, 16);
  EXPECT_EQ(layer(summary, "head").trainable, 80);
}

TEST(Summary, FrozenParametersAreNotTrainable) {
  const auto network = create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 4}}});
  for (auto& item : network->named_parameters())
    if (item.name.starts_with("layer2.")) item.value.set_requires_grad(false);
  const Summary summary = summarise(*network, of_cifar10());
  EXPECT_EQ(layer(summary, "layer2.0").trainable, 0);
  EXPECT_EQ(layer(summary, "layer3_x.0").trainable, layer(summary, "layer3_x.0").parameters);
  EXPECT_EQ(summary.parameters - summary.trainable, layer(summary, "layer2").parameters);
}

TEST(Summary, AnImageThatDoesNotFitIsTheUsersError) {
  const auto network = create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 4}}});
  const std::string message =
      support::message_of<core::UserError>([&] { summarise(*network, {.channels = 3, .height = 8, .width = 8}); });
  EXPECT_TRUE(support::contains(message, "an image of 8 × 8 pixels")) << message;
}

}  // namespace
}  // namespace reslab::models
