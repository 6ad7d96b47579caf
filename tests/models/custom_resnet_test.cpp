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
