#include "reslab/models/speednet.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "reslab/core/error.h"
#include "reslab/nn/layer.h"
#include "reslab/nn/plan.h"
#include "support/networks.h"

namespace reslab::models {
namespace {

at::Tensor images(std::int64_t count = 2) {
  at::manual_seed(1);
  return at::randn({count, 3, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast);
}

std::int64_t parameters(const Network& network, bool trained) {
  std::int64_t sum = 0;
  for (const at::Tensor& parameter : network.parameters())
    if (!trained || parameter.requires_grad()) sum += parameter.numel();
  return sum;
}

TEST(Speednet, HasTheSourcesShapes) {
  const auto network = create("speednet", {.classes = 10, .in_channels = 3});
  std::vector<Feature> features;
  EXPECT_EQ(network->forward(images(), &features).sizes(), (at::IntArrayRef{2, 10}));
  ASSERT_EQ(features.size(), 3U);
  EXPECT_EQ(features[0].activation.sizes(), (at::IntArrayRef{2, 64, 15, 15}));
  EXPECT_EQ(features[1].activation.sizes(), (at::IntArrayRef{2, 256, 7, 7}));
  EXPECT_EQ(features[2].activation.sizes(), (at::IntArrayRef{2, 256, 3, 3}));
  // Filters 24·64 + 64·64 + 64·256 + 3·256·256, nine each, biases 24 + 2·(64 + 256 + 256), head 2560.
  const std::int64_t filters = 9 * (24 * 64 + 64 * 64 + 64 * 256 + 3 * 256 * 256);
  EXPECT_EQ(parameters(*network, true), filters + 24 + 2 * (64 + 256 + 256) + 2560);
  EXPECT_EQ(parameters(*network, false), parameters(*network, true) + 24 * 12 + 2 * (64 + 256 + 256));
}

TEST(Speednet, HasThreeWidthsAndThreeConvolutionsAGroup) {
  const auto network =
      create("speednet", {.classes = 10,
                          .in_channels = 3,
                          .values = {{"width", 128}, {"group_width", 384}, {"last_width", 512}, {"depth", 3}}});
  std::vector<Feature> features;
  EXPECT_EQ(network->forward(images(), &features).sizes(), (at::IntArrayRef{2, 10}));
  EXPECT_EQ(features[0].activation.size(1), 128);
  EXPECT_EQ(features[1].activation.size(1), 384);
  EXPECT_EQ(features[2].activation.size(1), 512);
  const std::int64_t filters = 9 * (24 * 128 + 2 * 128 * 128 + 128 * 384 + 2 * 384 * 384 + 384 * 512 + 2 * 512 * 512);
  EXPECT_EQ(parameters(*network, true), filters + 24 + 3 * (128 + 384 + 512) + 5120);
}

TEST(Speednet, IsTheSameWhereSomebodyWatches) {
  for (const std::int64_t depth : {2, 3}) {
    const auto network =
        create("speednet",
               {.classes = 10, .in_channels = 3, .values = {{"width", 16}, {"group_width", 24}, {"depth", depth}}});
    nn::initialise(*network, 1);
    network->eval();
    std::vector<nn::Value> all;
    for (nn::Value value = 0; value <= network->graph().output(); ++value) all.push_back(value);
    const at::Tensor watched = nn::Plan(network->graph(), {.taps = all}).run(images()).output;
    EXPECT_TRUE(network->forward(images()).allclose(watched, 1e-4, 1e-5)) << depth;
    const auto is_convolution = [](const nn::Node& node) { return std::holds_alternative<nn::Conv2dOptions>(node.op); };
    EXPECT_EQ(std::ranges::count_if(network->graph().nodes(), is_convolution), 1 + 3 * depth);
  }
}

TEST(Speednet, BeginsWithIdentitiesAndAHeadOfUnitDeviation) {
  const auto network = create("speednet", {.classes = 10, .in_channels = 3});
  nn::initialise(*network, 4);
  const auto named = network->named_parameters();
  const at::Tensor filters = named["layers.0.conv1.weight"];
  const at::Tensor x = at::randn({1, 24, 5, 5});
  const at::Tensor y = at::conv2d(x, filters, {}, 1, 1);
  EXPECT_TRUE(y.slice(1, 0, 24).allclose(x));
  EXPECT_GT(filters.slice(0, 24).abs().mean().item<float>(), 0.01F) << "the others are drawn";
  EXPECT_NEAR(named["head.weight"].std().item<float>(), 1, 1e-4);
}

TEST(Speednet, WhitensWithTheImagesItIsGiven) {
  const auto network = create("speednet", {.classes = 10, .in_channels = 3});
  nn::initialise(*network, 4);
  const at::Tensor before = network->named_parameters()["whiten.weight"].clone();
  network->fit(images(100));
  EXPECT_FALSE(network->named_parameters()["whiten.weight"].equal(before));
  EXPECT_FALSE(network->named_parameters()["whiten.weight"].requires_grad());
}

TEST(Speednet, TakesOtherDepthsWidthsActivationsAndSizes) {
  for (const std::int64_t depth : {2, 3})
    for (const char* activation : {"relu", "gelu", "silu"}) {
      const auto network = create(
          "speednet", {.classes = 7,
                       .in_channels = 3,
                       .values = {{"width", 16}, {"group_width", 24}, {"depth", depth}, {"activation", activation}}});
      nn::initialise(*network, 1);
      const at::Tensor small = at::randn({3, 3, 24, 24}).contiguous(at::MemoryFormat::ChannelsLast);
      const at::Tensor out = network->forward(small);
      EXPECT_EQ(out.sizes(), (at::IntArrayRef{3, 7}));
      out.sum().backward();
      EXPECT_TRUE(network->named_parameters()["layers.2.conv2.weight"].grad().defined());
    }
}

TEST(Speednet, WhitensLargerPatchesFurtherApart) {
  const auto network = create("speednet", {.classes = 5, .in_channels = 3, .values = {{"patch", 4}, {"stride", 3}}});
  nn::initialise(*network, 4);
  at::manual_seed(1);
  const at::Tensor smooth =
      at::avg_pool2d(at::randn({600, 3, 42, 42}), 3, 1).contiguous(at::MemoryFormat::ChannelsLast);
  network->fit(smooth);
  const at::Tensor filters = network->named_parameters()["whiten.weight"];
  ASSERT_EQ(filters.sizes(), (at::IntArrayRef{96, 3, 4, 4}));
  // What the filters give of the patches that the network sees is uncorrelated, and of one size but for eps.
  const at::Tensor seen = at::conv2d(smooth, filters.slice(0, 0, 48), {}, 3).transpose(0, 1).flatten(1);
  const at::Tensor covariance = seen.mm(seen.t()) / static_cast<double>(seen.size(1));
  EXPECT_LT((covariance - at::diag(covariance.diag())).abs().max().item<float>(), 1e-3F);
  EXPECT_NEAR(covariance[0][0].item<float>(), 1, 1e-2);
  std::vector<Feature> features;
  EXPECT_EQ(network->forward(smooth.slice(0, 0, 2), &features).sizes(), (at::IntArrayRef{2, 5}));
  EXPECT_EQ(features[0].activation.sizes(), (at::IntArrayRef{2, 64, 6, 6}));  // 40 → 13 → 6
}

TEST(Speednet, RefusesWhatItCannotBe) {
  EXPECT_THROW(create("speednet", {.classes = 10, .in_channels = 3, .values = {{"depth", 4}}}), core::UserError);
  try {
    create("speednet", {.classes = 10, .in_channels = 3, .values = {{"activation", "gelo"}}});
    FAIL();
  } catch (const core::UserError& error) {
    EXPECT_NE(std::string(error.what()).find("gelu"), std::string::npos) << error.what();
  }
}

TEST(LeastParameters, AreNearlyAllAndNeverMore) {
  for (const std::string& name : names())
    for (Options options :
         {support::options_for(name, {}), support::options_for(name, {{"width", 1}, {"group_width", 1}, {"depth", 3}}),
          support::options_for(name, {{"width", 24}, {"group_width", 7}}),
          support::options_for(name, {{"width", 8}, {"group_width", 16}, {"last_width", 96}, {"depth", 3}})})
      for (const auto& [classes, channels] : {std::pair{10, 3}, std::pair{3, 1}, std::pair{100, 9}}) {
        options.classes = classes;
        options.in_channels = channels;
        double parameters = 0;
        for (const at::Tensor& parameter : create(name, options)->parameters())
          parameters += static_cast<double>(parameter.numel());
        EXPECT_LE(least_parameters(name, options), parameters) << name;
        EXPECT_GE(least_parameters(name, options), 0.5 * parameters) << name;
      }
}

}  // namespace
}  // namespace reslab::models
