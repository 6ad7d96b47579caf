#include "reslab/nn/plan.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/autograd.h>

#include <cmath>

#include "nn/layer_row.h"
#include "nn/recorded_operations.h"
#include "reslab/nn/activation.h"
#include "reslab/nn/batch_norm2d.h"
#include "reslab/nn/conv2d.h"
#include "reslab/nn/kernels/winograd.h"
#include "reslab/nn/max_pool2d.h"

namespace reslab::nn {
namespace {

using test::graph_of;
using test::Layers;
using test::make_layers;
using test::one_by_one;

// The last value in its own type: a plan's output is in fp32.
at::Tensor last_value(const Graph& graph, const at::Tensor& x, std::vector<Value> taps = {}) {
  taps.push_back(graph.output());
  return Plan(graph, {.taps = taps}).run(x).taps.back();
}

at::Tensor planned(const Layers& layers, const at::Tensor& x, const at::Tensor& residual = {}) {
  return last_value(graph_of(layers, residual, /*before=*/false), x);
}

at::Tensor planned_before(const Layers& layers, const at::Tensor& x, const at::Tensor& residual) {
  return last_value(graph_of(layers, residual, /*before=*/true), x);
}

// Every value is handed out, so that nothing is taken together.
at::Tensor watched(const Layers& layers, const at::Tensor& x) {
  std::vector<Value> all;
  for (std::size_t i = 0; i < layers.size(); ++i) all.push_back(static_cast<Value>(i));
  return last_value(graph_of(layers, {}, false), x, all);
}

struct Outcome {
  at::Tensor y;
  std::vector<at::Tensor> gradients, buffers;
};

template <typename Forward>
Outcome run(at::ScalarType type, bool training, const Forward& forward) {
  const Layers layers = make_layers();
  for (const auto& layer : layers) layer->train(training);
  at::manual_seed(4);
  const at::Tensor x = at::randn({4, 16, 12, 12}).contiguous(at::MemoryFormat::ChannelsLast).to(type).requires_grad_();
  Outcome outcome{.y = forward(layers, x)};
  outcome.y.backward(at::randn(outcome.y.sizes()).to(type));
  outcome.gradients.push_back(x.grad());
  for (const auto& layer : layers) {
    for (const at::Tensor& parameter : layer->parameters()) outcome.gradients.push_back(parameter.grad());
    for (const auto& buffer : layer->named_buffers()) outcome.buffers.push_back(buffer.value);
  }
  return outcome;
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  return ((a.to(at::kDouble) - b.to(at::kDouble)).norm() / b.to(at::kDouble).norm().clamp_min(1e-9)).item<double>();
}

void compare(at::ScalarType type, bool training, double tolerance, double of_gradients) {
  const Outcome fused = run(type, training, [](const Layers& l, const at::Tensor& x) { return planned(l, x); });
  const Outcome plain = run(type, training, one_by_one);
  EXPECT_EQ(fused.y.scalar_type(), type);
  EXPECT_LT(difference(fused.y, plain.y), tolerance);
  ASSERT_EQ(fused.gradients.size(), plain.gradients.size());
  for (std::size_t i = 0; i < plain.gradients.size(); ++i)
    EXPECT_LT(difference(fused.gradients[i], plain.gradients[i]), of_gradients) << i;
  ASSERT_EQ(fused.buffers.size(), plain.buffers.size());
  for (std::size_t i = 0; i < plain.buffers.size(); ++i)
    EXPECT_LT(difference(fused.buffers[i], plain.buffers[i]), tolerance) << i;
}

TEST(Plan, ChangesNothingInFp32) {
  compare(at::kFloat, /*training=*/true, 1e-5, 1e-4);
  compare(at::kFloat, /*training=*/false, 1e-5, 1e-4);
}

// bf16 values between the layers are rounded at other places.
TEST(Plan, ChangesRoundingAloneInBf16) {
  compare(at::kBFloat16, /*training=*/true, 0.02, 0.1);
  compare(at::kBFloat16, /*training=*/false, 0.02, 0.1);
}

// The whitening layer: filters that aren't trained, a bias that is, and images that want no gradient.
TEST(Plan, AddsABiasWithTheActivation) {
  for (const auto type : {at::kFloat, at::kBFloat16})
    for (const bool of_input : {false, true})
      for (const std::int64_t channels : {1, 3}) {
        const auto convolution = std::make_shared<Conv2d>(Conv2dOptions{
            .in_channels = channels, .out_channels = 24, .kernel = 2, .padding = 0, .bias = true, .trained = false});
        core::Random random({.seed = 5});
        at::manual_seed(6);
        convolution->reset_parameters(random);
        const Layers layers{convolution, std::make_shared<GELU>()};
        const at::Tensor images = at::randn({5, channels, 9, 9}).contiguous(at::MemoryFormat::ChannelsLast).to(type);
#ifdef RESLAB_HAS_KERNELS
        EXPECT_TRUE(convolution->can_activate(images));
#endif
        const at::Tensor dy = at::randn({5, 24, 8, 8}).contiguous(at::MemoryFormat::ChannelsLast).to(type);
        const auto gradients = [&](const auto& forward) {
          const at::Tensor x = images.clone().requires_grad_(of_input);
          convolution->bias.mutable_grad() = at::Tensor();
          const at::Tensor y = forward(layers, x);
          EXPECT_EQ(y.scalar_type(), type);
          y.backward(dy);
          return std::vector<at::Tensor>{y.detach(), convolution->bias.grad(), of_input ? x.grad() : at::zeros({1})};
        };
        const auto fused = gradients([](const Layers& l, const at::Tensor& x) { return planned(l, x); });
        const auto plain = gradients(one_by_one);
        for (std::size_t i = 0; i < plain.size(); ++i)
          EXPECT_LT(difference(fused[i], plain[i]), type == at::kFloat ? 1e-5 : 0.01) << i;
      }
}

#ifdef RESLAB_HAS_KERNELS
// How far a result goes from `exact` to `other`: 0 for the one, 1 for the other, whatever else it is off.
double share_of(const at::Tensor& result, const at::Tensor& exact, const at::Tensor& other) {
  const at::Tensor way = (other - exact).flatten(), gone = (result.to(at::kDouble) - exact).flatten();
  return (gone.dot(way) / way.dot(way)).item<double>();
}

// A bf16 network is explained with the whitening filters that it predicts with, to their last digit: as they are, not
// rounded to bf16, also where somebody watches and where the image's gradient is asked for.
TEST(Plan, WhitensByTheSameFiltersHoweverItIsAsked) {
  const auto convolution = std::make_shared<Conv2d>(
      Conv2dOptions{.in_channels = 3, .out_channels = 24, .kernel = 2, .padding = 0, .bias = true, .trained = false});
  core::Random random({.seed = 5});
  convolution->reset_parameters(random);
  const Layers layers{convolution, std::make_shared<SiLU>()};
  at::manual_seed(6);
  const at::Tensor images = at::randn({4, 3, 16, 16}).contiguous(at::MemoryFormat::ChannelsLast).to(at::kBFloat16);
  const auto by_filters = [&](const at::Tensor& filters) {
    return at::silu(at::conv2d(images.to(at::kDouble), filters.to(at::kDouble), convolution->bias.to(at::kDouble)))
        .detach();
  };
  const at::Tensor exact = by_filters(convolution->weight), rounded = by_filters(convolution->weight.to(at::kBFloat16));
  const at::Tensor with_gradient = images.clone().requires_grad_();
  const at::Tensor results[] = {planned(layers, images), watched(layers, images), planned(layers, with_gradient),
                                one_by_one(layers, images)};
  for (std::size_t i = 0; i < std::size(results); ++i) {
    EXPECT_EQ(results[i].scalar_type(), at::kBFloat16) << i;
    EXPECT_LT(std::abs(share_of(results[i].detach(), exact, rounded)), 0.1) << i;
  }
  // So is the gradient: that of the sum is the filters', through the activation.
  const at::Tensor gradient = torch::autograd::grad({results[2].sum()}, {with_gradient})[0];
  EXPECT_EQ(gradient.scalar_type(), at::kBFloat16);
  const auto gradient_by = [&](const at::Tensor& filters) {
    const at::Tensor x = images.to(at::kDouble).requires_grad_();
    const at::Tensor y =
        at::silu(at::conv2d(x, filters.detach().to(at::kDouble), convolution->bias.detach().to(at::kDouble)));
    return torch::autograd::grad({y.sum()}, {x})[0];
  };
  EXPECT_LT(std::abs(share_of(gradient, gradient_by(convolution->weight),
                              gradient_by(convolution->weight.to(at::kBFloat16)))),
            0.1);
}
#endif

// Any other convolution with a bias: libtorch's, and bias and activation in the pass after it.
TEST(Plan, AddsABiasWithTheActivationBehindPaddingAndStrides) {
  struct Form {
    std::int64_t kernel, stride, padding;
  };
  for (const auto type : {at::kFloat, at::kBFloat16})
    for (const Form& form : {Form{2, 1, 1}, Form{3, 1, 1}, Form{2, 2, 0}, Form{3, 2, 1}, Form{1, 3, 0}})
      for (const bool trained : {false, true}) {
        const auto convolution = std::make_shared<Conv2d>(Conv2dOptions{.in_channels = 3,
                                                                        .out_channels = 24,
                                                                        .kernel = form.kernel,
                                                                        .stride = form.stride,
                                                                        .padding = form.padding,
                                                                        .bias = true,
                                                                        .trained = trained});
        core::Random random({.seed = 8});
        at::manual_seed(9);
        convolution->reset_parameters(random);
        const Layers layers{convolution, std::make_shared<GELU>()};
        const at::Tensor images = at::randn({5, 3, 9, 7}).contiguous(at::MemoryFormat::ChannelsLast).to(type);
#ifdef RESLAB_HAS_KERNELS
        EXPECT_TRUE(convolution->can_activate(images));
#endif
        const auto results = [&](const auto& forward) {
          const at::Tensor x = images.clone().requires_grad_();
          for (const at::Tensor& parameter : convolution->parameters()) parameter.mutable_grad() = at::Tensor();
          const at::Tensor y = forward(layers, x);
          EXPECT_EQ(y.scalar_type(), type);
          at::manual_seed(10);
          y.backward(at::randn(y.sizes()).to(type));
          return std::vector<at::Tensor>{y.detach(), x.grad(), convolution->bias.grad(),
                                         trained ? convolution->weight.grad() : at::zeros({1})};
        };
        const auto fused = results([](const Layers& l, const at::Tensor& x) { return planned(l, x); });
        const auto plain = results(one_by_one);
        for (std::size_t i = 0; i < plain.size(); ++i) {
          ASSERT_EQ(fused[i].sizes(), plain[i].sizes());
          EXPECT_LT(difference(fused[i], plain[i]), type == at::kFloat ? 1e-5 : 0.02)
              << i << ": kernel " << form.kernel << ", stride " << form.stride << ", padding " << form.padding;
        }
      }
}

#ifdef RESLAB_HAS_KERNELS
// The operations of some of make_layers' layers, forward and back; residual: after them, or before the last.
std::map<std::string, int> operations_of(std::size_t first, std::size_t end, at::ScalarType type, bool residual,
                                         bool before = false) {
  const Layers layers = make_layers();
  const Layers some(layers.begin() + static_cast<std::ptrdiff_t>(first),
                    layers.begin() + static_cast<std::ptrdiff_t>(end));
  const auto map = [&](std::int64_t channels) {
    return at::randn({2, channels, 12, 12}).contiguous(at::MemoryFormat::ChannelsLast).to(type);
  };
  const at::Tensor x = map(first == 0 ? 16 : 24).requires_grad_(), added = residual ? map(24) : at::Tensor();
  return test::recorded_operations([&] {
    const at::Tensor y = before ? planned_before(some, x, added) : planned(some, x, added);
    y.sum().backward();
  });
}

void expect_no_layers_of_libtorch(std::map<std::string, int> calls) {
  for (const char* name : {"aten::batch_norm", "aten::relu_", "aten::gelu", "aten::max_pool2d", "aten::conv2d"})
    EXPECT_EQ(calls[name], 0) << name;
}

// Equal results alone don't show that kernels were taken: the layers one by one have them, too.
TEST(Plan, TakesTheNormalisationsKernel) {
  std::map<std::string, int> plain = operations_of(4, 7, at::kFloat, /*residual=*/false);
  for (const bool residual : {false, true})
    for (const bool before : {false, true}) {
      if (before && !residual) continue;
      std::map<std::string, int> calls = operations_of(4, 7, at::kFloat, residual, before);
      EXPECT_EQ(calls["reslab::conv3x3"], 1);
      EXPECT_EQ(calls["reslab::norm_activation"], 1);
      EXPECT_EQ(calls["reslab::norm_activation_backward"], 1);
      EXPECT_EQ(calls["aten::add"], plain["aten::add"]) << "the residual is added in the pass";
      expect_no_layers_of_libtorch(calls);
    }
}

TEST(Plan, PoolsInTheConvolution) {
  if (kernels::winograd_instructions(at::kBFloat16) == nullptr)
    GTEST_SKIP() << "NOT TESTED: this processor has no bf16 instructions, by which alone convolutions pool";
  std::map<std::string, int> calls = operations_of(0, 4, at::kBFloat16, /*residual=*/false);
  EXPECT_EQ(calls["reslab::conv3x3_pool2"], 1);
  EXPECT_EQ(calls["reslab::norm_activation"], 1);
  expect_no_layers_of_libtorch(calls);
}

TEST(Plan, TakesThePatchesKernelForWhitening) {
  const auto convolution = std::make_shared<Conv2d>(
      Conv2dOptions{.in_channels = 3, .out_channels = 24, .kernel = 2, .padding = 0, .bias = true, .trained = false});
  const Layers layers{convolution, std::make_shared<SiLU>()};
  const at::Tensor images = at::randn({2, 3, 8, 8}).contiguous(at::MemoryFormat::ChannelsLast);
  std::map<std::string, int> calls = test::recorded_operations([&] { planned(layers, images).sum().backward(); });
  EXPECT_EQ(calls["reslab::patch_conv"], 1);
  EXPECT_EQ(calls["reslab::patch_bias_gradient"], 1);
  EXPECT_EQ(calls["aten::conv2d"] + calls["aten::silu"] + calls["reslab::norm_activation"], 0);
}
#endif

TEST(Plan, AddsTheResidualOnce) {
  for (std::size_t count : {0U, 4U, 5U, 6U, 7U, 10U}) {
    Layers layers = make_layers();
    layers.erase(layers.begin() + static_cast<std::ptrdiff_t>(count), layers.end());
    const at::Tensor x = at::randn({2, 16, 8, 8}).contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor expected = one_by_one(layers, x);
    const at::Tensor residual = at::randn(expected.sizes()).contiguous(at::MemoryFormat::ChannelsLast);
    EXPECT_TRUE(at::allclose(planned(layers, x, residual), expected + residual, 1e-4, 1e-4)) << count;
  }
}

// Whatever the last layers are, with kernels for them or without.
TEST(Plan, AddsAResidualBeforeTheLastLayer) {
  const auto last = at::MemoryFormat::ChannelsLast;
  for (std::size_t count : {1U, 2U, 4U, 5U, 6U, 7U, 8U, 10U})
    for (const bool of_one_value : {false, true}) {
      Layers layers = make_layers();
      layers.erase(layers.begin() + static_cast<std::ptrdiff_t>(count), layers.end());
      const Layers before(layers.begin(), layers.end() - 1);
      const at::Tensor x = at::randn({2, 16, 8, 8}).contiguous(last), taken = one_by_one(before, x);
      const at::Tensor residual = of_one_value ? at::randn({1, 1, 1, 1}) : at::randn(taken.sizes()).contiguous(last);
      EXPECT_TRUE(
          at::allclose(planned_before(layers, x, residual), layers.back()->forward(taken + residual), 1e-4, 1e-4))
          << count << of_one_value;
    }
}

TEST(Plan, GoesBackThroughAResidualBeforeTheActivation) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    at::manual_seed(7);
    const auto map = [&] { return at::randn({4, 24, 6, 6}).contiguous(at::MemoryFormat::ChannelsLast).to(type); };
    const at::Tensor x = map().requires_grad_(), residual = map().requires_grad_(), dy = map();
    const auto gradients = [&](const auto& forward) {
      const Layers layers = make_layers();
      const at::Tensor y = forward(Layers(layers.begin() + 4, layers.begin() + 7));
      std::vector<at::Tensor> all = torch::autograd::grad({y}, {x, residual}, {dy});
      all.push_back(y.detach());
      return all;
    };
    const auto fused = gradients([&](const Layers& layers) { return planned_before(layers, x, residual); });
    const auto plain = gradients(
        [&](const Layers& layers) { return layers[2]->forward(layers[1]->forward(layers[0]->forward(x)) + residual); });
    for (std::size_t i = 0; i < plain.size(); ++i)
      EXPECT_LT(difference(fused[i], plain[i]), type == at::kFloat ? 1e-5 : 0.02) << i;
  }
}

TEST(Plan, LeavesOtherShapesToLibtorch) {
  const Layers layers = make_layers();
  const auto last = at::MemoryFormat::ChannelsLast;
  const at::Tensor x = at::randn({2, 24, 8, 8}).contiguous(last), column = at::randn({2, 24, 1, 1});
  const std::vector<std::shared_ptr<Layer>> norm{layers[5]};
  layers[5]->eval();
  EXPECT_TRUE(at::allclose(planned(norm, x, column), layers[5]->forward(x) + column, 1e-5, 1e-5));
  EXPECT_ANY_THROW(planned(norm, at::randn({2, 16, 8, 8}).contiguous(last)));
  EXPECT_ANY_THROW(planned(norm, x, at::randn({2, 16, 8, 8}).contiguous(last)));
}

TEST(Plan, LeavesGuidedActivationsAlone) {
  const auto relu = std::make_shared<ReLU>();
  EXPECT_EQ(fusable_activation(*relu), kernels::Activation::relu);
  relu->guided = true;
  EXPECT_EQ(fusable_activation(*relu), std::nullopt);
}

TEST(Plan, AddsAValueOfItsOwn) {
  const Layers layers = make_layers();
  for (const auto& layer : layers) layer->eval();
  Graph graph("residual");
  Value x = Graph::images;
  for (std::size_t i : {4U, 5U, 6U}) x = graph.add("layer" + std::to_string(i), layers[i], x);
  graph.add(Add{}, {x, Graph::images});
  const at::Tensor images = at::randn({2, 24, 8, 8}).contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(at::allclose(Plan(graph).run(images).output,
                           images + one_by_one({layers[4], layers[5], layers[6]}, images), 1e-4, 1e-4));
}

// What a plan takes together, by the first and last node of each step.
std::vector<std::pair<Value, Value>> steps_of(const Plan& plan) {
  std::vector<std::pair<Value, Value>> steps;
  for (const Plan::Step& step : plan.steps()) steps.emplace_back(step.first, step.last);
  return steps;
}

TEST(Plan, TakesTogetherWhatFlowsOnAndNothingAcrossATap) {
  using Steps = std::vector<std::pair<Value, Value>>;
  const Graph graph = graph_of(make_layers(), {}, false);
  EXPECT_EQ(steps_of(Plan(graph)), (Steps{{1, 2}, {3, 4}, {5, 5}, {6, 7}, {8, 8}, {9, 9}, {10, 10}}));
  EXPECT_EQ(steps_of(Plan(graph, {.taps = {1, 6}})),
            (Steps{{1, 1}, {2, 2}, {3, 4}, {5, 5}, {6, 6}, {7, 7}, {8, 8}, {9, 9}, {10, 10}}));
}

// A tap is what the next layer took, though a ReLU writes over its input.
TEST(Plan, HandsOutTapsAsTheyWere) {
  const Layers layers = make_layers();
  for (const auto& layer : layers) layer->eval();
  const at::Tensor x = at::randn({2, 16, 8, 8}).contiguous(at::MemoryFormat::ChannelsLast);
  const Plan::Outputs outputs = Plan(graph_of(layers, {}, false), {.taps = {0, 3, 4}}).run(x);
  const at::Tensor normal = one_by_one({layers[0], layers[1], layers[2]}, x);
  ASSERT_EQ(outputs.taps.size(), 3U);
  EXPECT_TRUE(outputs.taps[0].is_same(x));
  EXPECT_TRUE(at::allclose(outputs.taps[1], normal, 1e-4, 1e-5));
  EXPECT_LT(outputs.taps[1].min().item<float>(), 0);
  EXPECT_TRUE(at::allclose(outputs.taps[2], normal.relu(), 1e-4, 1e-5));
}

}  // namespace
}  // namespace reslab::nn
