#include "reslab/models/custom_resnet.h"

#include <gtest/gtest.h>

#include "reslab/core/error.h"
#include "reslab/nn/layer.h"

namespace reslab::models {
namespace {

TEST(CustomResNet, HasTheSeedsParameters) {
  const CustomResNet network({});
  std::int64_t count = 0;
  for (const at::Tensor& parameter : network.parameters()) count += parameter.numel();
  EXPECT_EQ(count, 6'573'120);
}

TEST(CustomResNet, GivesFeaturesByNameAndLogitsInFp32) {
  CustomResNet network({.classes = 7, .width = 4});
  nn::initialise(network, 1);
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    std::vector<Feature> features;
    const at::Tensor logits = network.forward(at::randn({2, 3, 32, 32}).to(type), &features);
    EXPECT_EQ(logits.sizes(), (std::vector<std::int64_t>{2, 7}));
    EXPECT_EQ(logits.scalar_type(), at::kFloat);
    ASSERT_EQ(features.size(), 3U);
    EXPECT_EQ(features[0].name, "layer1");
    EXPECT_EQ(features[0].activation.sizes(), (std::vector<std::int64_t>{2, 8, 16, 16}));
    EXPECT_EQ(features[1].activation.sizes(), (std::vector<std::int64_t>{2, 16, 8, 8}));
    EXPECT_EQ(features[2].activation.sizes(), (std::vector<std::int64_t>{2, 32, 4, 4}));
  }
}

TEST(CustomResNet, MayEndInASoftmax) {
  CustomResNet plain({.width = 4}), soft({.width = 4, .softmax = true});
  nn::initialise(plain, 3);
  nn::initialise(soft, 3);
  const at::Tensor x = at::randn({2, 3, 32, 32});
  EXPECT_TRUE(at::allclose(soft.forward(x), plain.forward(x).softmax(1)));
}

TEST(CustomResNet, MayBeginAsTheIdentity) {
  CustomResNet plain({.width = 4}), dirac({.width = 4, .dirac = true});
  nn::initialise(plain, 3);
  nn::initialise(dirac, 3);
  std::size_t convolutions = 0;
  const auto others = plain.named_parameters();
  for (std::size_t i = 0; const auto& [name, weight] : dirac.named_parameters()) {
    const at::Tensor& other = others[i++].value;
    if (weight.dim() != 4) {
      EXPECT_TRUE(weight.equal(other)) << name;
      continue;
    }
    ++convolutions;
    const std::int64_t passed_on = std::min(weight.size(0), weight.size(1));
    const at::Tensor centre = weight.select(3, 1).select(2, 1).narrow(0, 0, passed_on);
    EXPECT_TRUE(centre.equal(at::eye(passed_on, weight.size(1)))) << name;
    EXPECT_TRUE(weight.narrow(0, passed_on, weight.size(0) - passed_on)
                    .equal(other.narrow(0, passed_on, weight.size(0) - passed_on)))
        << "the other filters as ever: " << name;
  }
  EXPECT_EQ(convolutions, 8U);
}

TEST(Registry, OffersTheNearestName) {
  EXPECT_NE(create("custom_resnet", {}), nullptr);
  try {
    create("custom_resnett", {});
    FAIL() << "an unknown name was accepted";
  } catch (const core::UserError& error) {
    EXPECT_EQ(error.parts().remedy, "did you mean 'custom_resnet'?");
  }
}

}  // namespace
}  // namespace reslab::models
