// The initial weights against PyTorch's: the same distribution, layer by layer.
#include <gtest/gtest.h>

#include <cmath>

#include "reference.h"
#include "reslab/nn/initialise.h"
#include "reslab/nn/layer.h"

namespace reslab::reference {
namespace {

// Largest distance between the two empirical distribution functions, times √(n·m / (n + m)): Kolmogorov and Smirnov's
// statistic for two samples.
double kolmogorov_smirnov(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor first = std::get<0>(a.reshape({-1}).sort()), second = std::get<0>(b.reshape({-1}).sort());
  const at::Tensor at_values = at::cat({first, second});
  const auto share = [&](const at::Tensor& sample) {
    return at::searchsorted(sample, at_values, /*out_int32=*/false, /*right=*/true).to(at::kDouble) /
           static_cast<double>(sample.numel());
  };
  const double distance = (share(first) - share(second)).abs().max().item<double>();
  const auto n = static_cast<double>(first.numel()), m = static_cast<double>(second.numel());
  return distance * std::sqrt(n * m / (n + m));
}

// The statistic of equal distributions exceeds this once in a thousand; the seed below is none of those.
constexpr double kolmogorov_smirnov_bound = 1.95;

class Initialisation : public testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override { nn::initialise(*network_, GetParam()); }
  std::shared_ptr<models::Network> network_ = models::create("custom_resnet", {.classes = 10, .in_channels = 3});
};

TEST_P(Initialisation, OfWeightsIsDistributedAsPyTorchs) {
  const auto weights = values("weights");
  for (const auto& item : network_->named_parameters()) {
    if (item.value.dim() < 2) continue;
    SCOPED_TRACE(item.name);
    const at::Tensor ours = item.value.detach();
    // network.py shrinks this one after PyTorch has drawn it.
    const double scale = item.name == "FC.weight" ? 0.3 : 1;
    EXPECT_LT(kolmogorov_smirnov(ours * scale, value(weights, item.name)), kolmogorov_smirnov_bound);
    // Uniform in ± 1 / √fan_in, so the variance is the bound's square over 3; both within four standard errors.
    const double bound = 1 / std::sqrt(static_cast<double>(nn::fan_in(ours)));
    const auto count = static_cast<double>(ours.numel());
    EXPECT_LE(ours.abs().max().item<double>(), bound * (1 + 1e-6));
    EXPECT_GE(ours.abs().max().item<double>(), bound * (1 - 10 / count));
    EXPECT_LT(std::abs(ours.mean().item<double>()), 4 * bound / std::sqrt(3 * count));
    EXPECT_NEAR(ours.var().item<double>(), bound * bound / 3, 4 * bound * bound * std::sqrt(4 / (45 * count)));
  }
}

TEST_P(Initialisation, OfNormalisationIsTheIdentity) {
  for (const auto& [name, tensor] : named_tensors(*network_)) {
    if (tensor.dim() > 1) continue;
    SCOPED_TRACE(name);
    const bool one = name.ends_with("weight") || name.ends_with("running_var");
    EXPECT_TRUE(near(tensor, at::full_like(tensor, one ? 1 : 0), 0));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Initialisation, testing::Values(0, 1));

// Copies of one layer's numbers in another, or in a second seed's, would pass the tests above.
TEST(InitialWeights, DifferByLayerAndBySeed) {
  const auto weight = [](std::uint64_t seed, const std::string& name) {
    const auto network = models::create("custom_resnet", {.classes = 10, .in_channels = 3});
    nn::initialise(*network, seed);
    return network->named_parameters()[name].detach();
  };
  const at::Tensor first = weight(0, "layer1_r1.0.weight");
  EXPECT_TRUE(near(first, weight(0, "layer1_r1.0.weight"), 0));
  const auto correlation = [](const at::Tensor& a, const at::Tensor& b) {
    return ((a * b).mean() / (a.square().mean() * b.square().mean()).sqrt()).abs().item<double>();
  };
  EXPECT_LT(correlation(first, weight(0, "layer1_r1.3.weight")), 0.02);
  EXPECT_LT(correlation(first, weight(1, "layer1_r1.0.weight")), 0.02);
}

}  // namespace
}  // namespace reslab::reference
