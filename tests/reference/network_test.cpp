// The network against PyTorch's: names, outputs, gradients.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <map>

#include "reference.h"

namespace reslab::reference {
namespace {

constexpr double logit_tolerance = 1e-4;  // of fp32 logits and probabilities

using Shapes = std::map<std::string, std::pair<at::ScalarType, std::vector<std::int64_t>>>;

Shapes shapes(const std::vector<serialization::NamedTensor>& tensors) {
  Shapes result;
  for (const auto& [name, tensor] : tensors) result[name] = {tensor.scalar_type(), tensor.sizes().vec()};
  return result;
}

TEST(Network, HasTheStateOfPyTorchsModule) {
  const auto network = models::create("custom_resnet", {.classes = 10, .in_channels = 3});
  EXPECT_EQ(shapes(named_tensors(*network)), shapes(values("weights").tensors));
}

struct OutputCase {
  std::string name, mode;  // mode: "eval" or "train"
  bool softmax = false;
  at::MemoryFormat format = at::MemoryFormat::Contiguous;
};

void PrintTo(const OutputCase& instance, std::ostream* stream) { *stream << instance.name; }

class Outputs : public testing::TestWithParam<OutputCase> {};

TEST_P(Outputs, AgreeWithPyTorch) {
  const auto& [name, mode, softmax, format] = GetParam();
  const auto batch = values("batch");
  const auto network = network_with_reference_weights(softmax);
  network->train(mode == "train");
  const at::NoGradGuard no_grad;
  const at::Tensor output = network->forward(value(batch, "images").contiguous(format));
  EXPECT_TRUE(near(output, value(batch, mode + (softmax ? ".probabilities" : ".logits")), logit_tolerance));
}

constexpr auto channels_last = at::MemoryFormat::ChannelsLast;
INSTANTIATE_TEST_SUITE_P(
    AllModes, Outputs,
    testing::Values(OutputCase{.name = "eval_logits", .mode = "eval", .format = channels_last},
                    OutputCase{.name = "eval_logits_contiguous", .mode = "eval"},
                    OutputCase{.name = "eval_probabilities", .mode = "eval", .softmax = true, .format = channels_last},
                    OutputCase{.name = "train_logits", .mode = "train", .format = channels_last},
                    OutputCase{.name = "train_logits_contiguous", .mode = "train"},
                    OutputCase{
                        .name = "train_probabilities", .mode = "train", .softmax = true, .format = channels_last}),
    [](const testing::TestParamInfo<OutputCase>& instance) { return instance.param.name; });

TEST(Network, GradientsAgreeWithPyTorch) {
  const auto batch = values("batch");
  const auto network = network_with_reference_weights(/*softmax=*/true);
  const at::Tensor output = network->forward(value(batch, "images").contiguous(at::MemoryFormat::ChannelsLast));
  const at::Tensor loss = at::cross_entropy_loss(output, value(batch, "labels"));
  EXPECT_TRUE(near(loss, value(batch, "loss"), 1e-5));
  loss.backward();
  for (const auto& item : network->named_parameters()) {
    SCOPED_TRACE(item.name);
    const at::Tensor expected = value(batch, "gradient." + item.name);
    EXPECT_TRUE(near(item.value.grad(), expected, 1e-4 * expected.abs().max().item<double>()));
  }
}

}  // namespace
}  // namespace reslab::reference
