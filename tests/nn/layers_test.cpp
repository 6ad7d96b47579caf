#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <functional>
#include <set>

#include "reslab/core/error.h"
#include "reslab/nn/activation.h"
#include "reslab/nn/batch_norm2d.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/initialise.h"
#include "reslab/nn/linear.h"
#include "reslab/nn/max_pool2d.h"
#include "reslab/nn/plan.h"
#include "reslab/nn/state.h"

namespace reslab::nn {
namespace {

at::Tensor numbers(at::IntArrayRef shape, std::uint32_t sample, float low = -1, float high = 1) {
  core::Random random({.seed = 5, .sample = sample});
  at::Tensor tensor = at::empty(shape, at::kFloat);
  uniform_(tensor, low, high, random);
  return tensor;
}

// The definition, as loops.
at::Tensor convolve(const at::Tensor& x, const at::Tensor& w, std::int64_t stride, std::int64_t padding) {
  const std::int64_t kernel = w.size(2), height = (x.size(2) + 2 * padding - kernel) / stride + 1,
                     width = (x.size(3) + 2 * padding - kernel) / stride + 1;
  at::Tensor y = at::zeros({x.size(0), w.size(0), height, width});
  auto out = y.accessor<float, 4>();
  const auto in = x.accessor<float, 4>(), weight = w.accessor<float, 4>();
  for (std::int64_t n = 0; n < y.size(0); ++n)
    for (std::int64_t o = 0; o < y.size(1); ++o)
      for (std::int64_t i = 0; i < height; ++i)
        for (std::int64_t j = 0; j < width; ++j)
          for (std::int64_t c = 0; c < x.size(1); ++c)
            for (std::int64_t u = 0; u < kernel; ++u)
              for (std::int64_t v = 0; v < kernel; ++v) {
                const std::int64_t row = i * stride + u - padding, column = j * stride + v - padding;
                if (row < 0 || row >= x.size(2) || column < 0 || column >= x.size(3)) continue;
                out[n][o][i][j] += weight[o][c][u][v] * in[n][c][row][column];
              }
  return y;
}

RC_GTEST_PROP(Conv2d, EqualsItsDefinition, ()) {
  const auto dimension = [](int low, int high) { return *rc::gen::inRange<std::int64_t>(low, high + 1); };
  const Conv2dOptions options{.in_channels = dimension(1, 5),
                              .out_channels = dimension(1, 5),
                              .kernel = dimension(1, 3),
                              .stride = dimension(1, 2),
                              .padding = dimension(0, 1)};
  Conv2d layer(options);
  core::Random random({.seed = 1});
  layer.reset_parameters(random);
  const at::Tensor x = numbers({dimension(1, 3), options.in_channels, dimension(3, 7), dimension(3, 7)}, 1);
  const at::Tensor expected = convolve(x, layer.weight.detach(), options.stride, options.padding);
  for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast})
    RC_ASSERT(at::allclose(layer.forward(x.contiguous(format)), expected, 1e-5, 1e-5));
}

TEST(Conv2d, ComputesInTheTypeOfItsInputAndReturnsGradientsInFp32) {
  Conv2d layer({.in_channels = 8, .out_channels = 4});
  core::Random random({.seed = 1});
  layer.reset_parameters(random);
  const at::Tensor x = numbers({2, 8, 6, 6}, 2);
  const at::Tensor y = layer.forward(x.to(at::kBFloat16));
  EXPECT_EQ(y.scalar_type(), at::kBFloat16);
  // bf16 keeps 8 bits: products of 72 inputs agree to a few of their last places.
  EXPECT_LT((y.to(at::kFloat) - layer.forward(x)).norm().item<float>(), 0.01F * layer.forward(x).norm().item<float>());
  y.sum().backward();
  EXPECT_EQ(layer.weight.grad().scalar_type(), at::kFloat);
  EXPECT_EQ(layer.weight.scalar_type(), at::kFloat);
}

TEST(BatchNorm2d, NormalisesByTheBatchAndFollowsItsStatistics) {
  BatchNorm2d layer({.channels = 3});
  const at::Tensor x = numbers({4, 3, 5, 5}, 3, 1, 4);
  const at::Tensor y = layer.forward(x);
  EXPECT_TRUE(at::allclose(y.mean({0, 2, 3}), at::zeros({3}), 0, 1e-5));
  EXPECT_TRUE(at::allclose(y.var({0, 2, 3}, /*unbiased=*/false), at::ones({3}), 1e-3, 1e-3));
  EXPECT_TRUE(at::allclose(layer.running_mean, 0.1 * x.mean({0, 2, 3})));
  EXPECT_TRUE(at::allclose(layer.running_var, 0.9 + 0.1 * x.var({0, 2, 3}, /*unbiased=*/true)));
  EXPECT_EQ(layer.num_batches_tracked.item<std::int64_t>(), 1);
  layer.eval();
  const at::Tensor scale = (layer.running_var + 1e-5).rsqrt().view({1, 3, 1, 1});
  EXPECT_TRUE(at::allclose(layer.forward(x), (x - layer.running_mean.view({1, 3, 1, 1})) * scale, 1e-5, 1e-5));
  EXPECT_EQ(layer.num_batches_tracked.item<std::int64_t>(), 1);
}

TEST(BatchNorm2d, KeepsFp32StatisticsForBf16Activations) {
  BatchNorm2d layer({.channels = 3});
  const at::Tensor x = numbers({4, 3, 5, 5}, 3, 1, 4).to(at::kBFloat16);
  EXPECT_EQ(layer.forward(x).scalar_type(), at::kBFloat16);
  EXPECT_TRUE(at::allclose(layer.running_mean, 0.1 * x.to(at::kFloat).mean({0, 2, 3}), 1e-4, 1e-5));
}

TEST(BatchNorm2d, SaysThatOneValueHasNoVariance) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    BatchNorm2d layer({.channels = 3});
    const at::Tensor lone = numbers({1, 3, 1, 1}, 5).contiguous(at::MemoryFormat::ChannelsLast).to(type);
    Graph graph("norm");
    graph.add("act", std::make_shared<ReLU>(),
              graph.add("norm", std::make_shared<BatchNorm2d>(BatchNorm2dOptions{.channels = 3}), Graph::images));
    const Plan plan(graph);
    for (const auto& forward :
         std::vector<std::function<void()>>{[&] { layer.forward(lone); }, [&] { plan.run(lone); }}) {
      try {
        forward();
        FAIL() << "a variance of one value";
      } catch (const core::UserError& error) {
        EXPECT_NE(error.parts().found.find("one value has no variance"), std::string::npos) << error.what();
        EXPECT_NE(error.parts().remedy.find("--batch-size"), std::string::npos) << error.what();
      }
    }
    EXPECT_TRUE(layer.running_var.equal(at::ones({3}))) << "as it was";
    EXPECT_EQ(layer.num_batches_tracked.item<std::int64_t>(), 0);
    EXPECT_NO_THROW(layer.forward(lone.expand({2, 3, 1, 1}).contiguous(at::MemoryFormat::ChannelsLast)));
    layer.eval();
    EXPECT_NO_THROW(layer.forward(lone)) << "an evaluation looks at single images";
  }
}

TEST(MaxPool2d, TakesTheLargestOfEachWholeWindow) {
  const at::Tensor x = at::arange(25, at::kFloat).view({1, 1, 5, 5});
  EXPECT_TRUE(at::equal(MaxPool2d(2).forward(x), at::tensor({6.F, 8.F, 16.F, 18.F}).view({1, 1, 2, 2})));
}

TEST(ReLU, CutsBelowZero) {
  EXPECT_TRUE(at::equal(ReLU().forward(at::tensor({-1.F, 0.F, 2.F})), at::tensor({0.F, 0.F, 2.F})));
}

TEST(Linear, MultipliesByTheTransposedWeight) {
  Linear layer({.in_features = 3, .out_features = 2});
  core::Random random({.seed = 1});
  layer.reset_parameters(random);
  const at::Tensor x = numbers({4, 3}, 4);
  EXPECT_TRUE(at::allclose(layer.forward(x), at::matmul(x, layer.weight.t())));
}

// Layers under the names "0", "1", ….
std::shared_ptr<ModuleGroup> group_of(const std::vector<std::shared_ptr<Layer>>& layers) {
  auto group = std::make_shared<ModuleGroup>();
  for (std::size_t i = 0; i < layers.size(); ++i) group->register_module(std::to_string(i), layers[i]);
  return group;
}

TEST(ModuleGroup, NamesItsChildrenByPlace) {
  const auto layers =
      group_of({std::make_shared<Conv2d>(Conv2dOptions{.in_channels = 1, .out_channels = 1}), std::make_shared<ReLU>(),
                std::make_shared<BatchNorm2d>(BatchNorm2dOptions{.channels = 1})});
  std::set<std::string> names;
  for (const auto& [name, tensor] : state_of(*layers)) names.insert(name);
  EXPECT_EQ(names, (std::set<std::string>{"0.weight", "2.weight", "2.bias", "2.running_mean", "2.running_var",
                                          "2.num_batches_tracked"}));
}

TEST(Initialise, IsAFunctionOfTheSeedAlone) {
  const auto make = [](std::uint64_t seed) {
    auto layers = group_of({std::make_shared<Conv2d>(Conv2dOptions{.in_channels = 4, .out_channels = 8}),
                            std::make_shared<BatchNorm2d>(BatchNorm2dOptions{.channels = 8}),
                            std::make_shared<Conv2d>(Conv2dOptions{.in_channels = 8, .out_channels = 8})});
    initialise(*layers, seed);
    return state_hash(state_of(*layers));
  };
  EXPECT_EQ(make(1), make(1));
  EXPECT_NE(make(1), make(2));
}

TEST(Initialise, IsUniformWithinOneOverTheRootOfFanIn) {
  core::Random random({.seed = 9});
  at::Tensor weight = at::empty({64, 32, 3, 3}, at::kFloat);
  kaiming_uniform_(weight, random);
  const double bound = 1 / std::sqrt(32.0 * 9);
  EXPECT_EQ(fan_in(weight), 32 * 9);
  EXPECT_LE(weight.abs().max().item<double>(), bound);
  EXPECT_GT(weight.abs().max().item<double>(), 0.999 * bound);
  // Five standard errors of the mean and of the variance of 18,432 uniform numbers.
  EXPECT_NEAR(weight.mean().item<double>(), 0, 5 * bound / std::sqrt(3.0 * 18432));
  EXPECT_NEAR(weight.var().item<double>() / (bound * bound / 3), 1, 5 * std::sqrt(0.8 / 18432));
}

TEST(Initialise, DoesNotDependOnTheMemoryFormat) {
  core::Random first({.seed = 9}), second({.seed = 9});
  at::Tensor rows = at::empty({4, 3, 2, 2}, at::kFloat);
  at::Tensor channels = at::empty({4, 3, 2, 2}, at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
  uniform_(rows, 0, 1, first);
  uniform_(channels, 0, 1, second);
  EXPECT_TRUE(at::equal(rows, channels));
}

TEST(StateHash, SeesOneBit) {
  const State state{{"a", at::zeros({3})}};
  const std::string before = state_hash(state);
  state[0].second[1] = -0.0F;
  EXPECT_NE(state_hash(state), before);
}

}  // namespace
}  // namespace reslab::nn
