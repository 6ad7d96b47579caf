// Five steps of the seed's recipe against PyTorch's: losses, weights, running statistics.
#include <gtest/gtest.h>
#include <torch/nn/functional/loss.h>

#include "reference.h"
#include "reslab/optim/clip.h"
#include "reslab/optim/sgd.h"

namespace reslab::reference {
namespace {

optim::Sgd sgd_of(const models::Network& network, double weight_decay) {
  optim::Group group;
  group.weight_decay = weight_decay;
  for (const auto& item : network.named_parameters()) {
    group.names.push_back(item.key());
    group.parameters.push_back(item.value());
  }
  return optim::Sgd({std::move(group)}, {});
}

TEST(Training, FiveStepsAgreeWithPyTorch) {
  const auto steps = values("steps");
  const at::Tensor images = value(steps, "images"), labels = value(steps, "labels"), losses = value(steps, "losses");
  const at::Tensor lr = value(steps, "lr"), momentum = value(steps, "momentum");
  const auto network = network_with_reference_weights(/*softmax=*/true);
  optim::Sgd optimizer = sgd_of(*network, 0.005);

  for (std::int64_t step = 0; step < losses.size(0); ++step) {
    SCOPED_TRACE(step);
    optimizer.zero_grad();
    const at::Tensor output = network->forward(images[step].contiguous(at::MemoryFormat::ChannelsLast));
    const at::Tensor loss = torch::nn::functional::cross_entropy(output, labels[step]);
    EXPECT_TRUE(near(loss, losses[step], 1e-4));
    loss.backward();
    optim::clip_by_value(optimizer.parameters(), 0.1);
    optimizer.step(lr[step].item<double>(), momentum[step].item<double>());
  }

  const auto start = values("weights");
  for (const auto& [name, tensor] : state_of(*network)) {
    SCOPED_TRACE(name);
    // Within a thousandth of how far the five steps moved it.
    const at::Tensor expected = value(steps, "after." + name);
    const auto moved = (expected - value(start, name)).abs().max().item<double>();
    EXPECT_GT(moved, 0);
    EXPECT_TRUE(near(tensor, expected, 1e-3 * moved));
  }
}

}  // namespace
}  // namespace reslab::reference
