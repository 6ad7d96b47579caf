// A network that somebody watches runs its layers one by one, another one by the kernels that take several together:
// both compute the same, and the kernels are really taken.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <map>

#include "nn/recorded_operations.h"
#include "reslab/models/network.h"
#include "reslab/nn/kernels/winograd.h"
#include "reslab/nn/plan.h"

namespace reslab::models {
namespace {

at::Tensor four_images() {
  at::manual_seed(1);
  return at::randn({4, 3, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor forward_watched(const Network& network, const at::Tensor& images) {
  std::vector<nn::Value> all;
  for (nn::Value value = 0; value <= network.graph().output(); ++value) all.push_back(value);
  const nn::Plan plan(network.graph(), {.taps = all});
  EXPECT_EQ(plan.steps().size(), all.size() - 1) << "nothing is taken together";
  return plan.run(images).output;
}

// Forward and back, with what training moves.
struct Step {
  at::Tensor outputs;
  std::vector<std::pair<std::string, at::Tensor>> gradients, buffers;
};

Step step_of(const std::string& model, const Options& options, bool watched, at::ScalarType type = at::kFloat) {
  const auto network = create(model, options);
  nn::initialise(*network, 1);
  const at::Tensor images = four_images().to(type);
  Step step{.outputs = watched ? forward_watched(*network, images) : network->forward(images)};
  at::cross_entropy_loss(step.outputs, at::tensor({1, 0, 2, 5}, at::kLong)).backward();
  for (const auto& parameter : network->named_parameters())
    if (parameter.value.requires_grad()) step.gradients.emplace_back(parameter.name, parameter.value.grad());
  for (const auto& buffer : network->named_buffers()) step.buffers.emplace_back(buffer.name, buffer.value);
  return step;
}

void expect_close(const std::vector<std::pair<std::string, at::Tensor>>& is,
                  const std::vector<std::pair<std::string, at::Tensor>>& should_be) {
  ASSERT_EQ(is.size(), should_be.size());
  for (std::size_t i = 0; i < is.size(); ++i) {
    ASSERT_TRUE(is[i].second.defined()) << is[i].first;
    const at::Tensor a = is[i].second.to(at::kDouble), b = should_be[i].second.to(at::kDouble);
    EXPECT_LT((a - b).norm().item<double>(), 2e-4 * b.norm().item<double>() + 1e-7) << is[i].first;
  }
}

TEST(Watched, TrainTheSameWhereSomebodyWatches) {
  for (const auto& [model, options] : std::vector<std::pair<std::string, Options>>{
           {"speednet",
            {.classes = 10, .in_channels = 3, .values = {{"width", 16}, {"group_width", 24}, {"depth", 2}}}},
           {"speednet",
            {.classes = 10,
            .in_channels = 3,
            .values = {{"width", 16}, {"group_width", 24}, {"last_width", 32}, {"depth", 3}, {"activation", "silu"}}}},
           {"custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 8}}}}}) {
    SCOPED_TRACE(model);
    const Step watched = step_of(model, options, true), plain = step_of(model, options, false);
    EXPECT_TRUE(plain.outputs.allclose(watched.outputs, 1e-3, 1e-5));
    expect_close(plain.gradients, watched.gradients);
    expect_close(plain.buffers, watched.buffers);
  }
}

#ifdef RESLAB_HAS_KERNELS
// So that the two above aren't the same for the reason that nothing is taken together at all.
void expect_kernels(at::ScalarType type, bool pools) {
  const auto operations = [&](const std::string& model, const Options& options) {
    return nn::test::recorded_operations([&] { step_of(model, options, false, type); });
  };
  for (const std::int64_t depth : {2, 3}) {
    const int norms = static_cast<int>(3 * depth), pooled = pools ? 3 : 0;
    std::map<std::string, int> calls =
        operations("speednet",
                   {.classes = 10, .in_channels = 3, .values = {{"width", 16}, {"group_width", 24}, {"depth", depth}}});
    EXPECT_EQ(calls["reslab::patch_conv"], 1);
    EXPECT_EQ(calls["reslab::patch_bias_gradient"], 1);
    EXPECT_EQ(calls["reslab::conv3x3_pool2"], pooled);
    EXPECT_EQ(calls["reslab::conv3x3"], norms - pooled);
    EXPECT_EQ(calls["reslab::norm_activation"], norms);
    EXPECT_EQ(calls["reslab::norm_activation_backward"], norms);
    EXPECT_EQ(calls["aten::max_pool2d"], 4 - pooled) << "the last one always";
    for (const char* name : {"aten::gelu", "aten::batch_norm", "aten::conv2d"}) EXPECT_EQ(calls[name], 0) << name;
  }
  std::map<std::string, int> calls =
      operations("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 16}}});
  EXPECT_EQ(calls["reslab::norm_activation"], 8);
  EXPECT_EQ(calls["reslab::conv3x3"], pools ? 4 : 7);
  EXPECT_EQ(calls["reslab::conv3x3_pool2"], pools ? 3 : 0);
  EXPECT_EQ(calls["aten::conv2d"], 1) << "the first one's three channels are too few for Winograd's method";
  for (const char* name : {"aten::relu", "aten::relu_", "aten::batch_norm"}) EXPECT_EQ(calls[name], 0) << name;
}

TEST(Watched, OthersTakeTheKernelsThatThereAre) {
  if (nn::kernels::winograd_instructions(at::kFloat) == nullptr)
    GTEST_SKIP() << "NOT TESTED: this processor has no instructions for the convolutions' kernels";
  expect_kernels(at::kFloat, /*pools=*/false);
}

TEST(Watched, OthersTakeTheKernelsThatThereAreForBf16) {
  if (nn::kernels::winograd_instructions(at::kBFloat16) == nullptr)
    GTEST_SKIP() << "NOT TESTED: this processor has no bf16 instructions";
  expect_kernels(at::kBFloat16, /*pools=*/true);
}
#endif

}  // namespace
}  // namespace reslab::models
