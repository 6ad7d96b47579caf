#include "reslab/models/custom_resnet.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "reslab/core/error.h"
#include "reslab/nn/layer.h"

namespace reslab::models {
namespace {

TEST(CustomResNet, HasTheOriginalsParameters) {
  const auto network = create("custom_resnet", {.classes = 10, .in_channels = 3});
  std::int64_t count = 0;
  for (const at::Tensor& parameter : network->parameters()) count += parameter.numel();
  EXPECT_EQ(count, 6'573'120);
}

TEST(CustomResNet, GivesFeaturesByNameAndLogitsInFp32) {
  const auto network = create("custom_resnet", {.classes = 7, .in_channels = 3, .values = {{"width", 4}}});
  nn::initialise(*network, 1);
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    std::vector<Feature> features;
    const at::Tensor logits = network->forward(at::randn({2, 3, 32, 32}).to(type), &features);
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
  const auto plain = create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 4}}}),
             soft = create("custom_resnet",
                           {.classes = 10, .in_channels = 3, .values = {{"width", 4}, {"softmax", true}}});
  nn::initialise(*plain, 3);
  nn::initialise(*soft, 3);
  const at::Tensor x = at::randn({2, 3, 32, 32});
  EXPECT_TRUE(at::allclose(soft->forward(x), plain->forward(x).softmax(1)));
}

TEST(CustomResNet, MayBeginAsTheIdentity) {
  const auto plain = create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 4}}}),
             dirac =
                 create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 4}, {"dirac", true}}});
  nn::initialise(*plain, 3);
  nn::initialise(*dirac, 3);
  std::size_t convolutions = 0;
  const auto others = plain->named_parameters();
  for (std::size_t i = 0; const auto& [name, weight] : dirac->named_parameters()) {
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

TEST(CustomResNet, MayBeginWithALastLayerOfZeros) {
  const auto plain = create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 4}}}),
             zero = create("custom_resnet",
                           {.classes = 10, .in_channels = 3, .values = {{"width", 4}, {"zero_head", true}}});
  nn::initialise(*plain, 3);
  nn::initialise(*zero, 3);
  EXPECT_TRUE(zero->forward(at::randn({2, 3, 32, 32})).eq(0).all().item<bool>());
  const auto others = plain->named_parameters();
  for (std::size_t i = 0; const auto& [name, weight] : zero->named_parameters()) {
    const at::Tensor& other = others[i++].value;
    EXPECT_EQ(weight.equal(other), name != "FC.weight") << name;
  }
}

TEST(CustomResNet, MayBeginByWhitening) {
  const auto plain = create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 64}}}),
             white = create("custom_resnet",
                            {.classes = 10, .in_channels = 3, .values = {{"width", 64}, {"whitening", true}}});
  nn::initialise(*plain, 3);
  nn::initialise(*white, 3);
  EXPECT_EQ(plain->images_to_fit(), 0);
  ASSERT_GT(white->images_to_fit(), 0);
  // Neighbouring pixels that are alike, as an image's are.
  at::manual_seed(1);
  const at::Tensor images = at::avg_pool2d(at::randn({20, 3, 34, 34}), 3, 1);
  const at::Tensor drawn = plain->parameters().front().flatten(1);
  const at::Tensor before = white->parameters().front().clone().flatten(1);
  EXPECT_TRUE(before.equal(drawn)) << "until it has seen images";
  white->fit(images);
  const at::Tensor filters = white->parameters().front().flatten(1);
  const at::Tensor whitened = filters.narrow(0, 0, 27);
  EXPECT_TRUE(filters.narrow(0, 27, 27).allclose(-whitened / whitened.norm(2, 1, true) *
                                                 drawn.narrow(0, 27, 27).norm(2, 1, true)));
  EXPECT_TRUE(filters.narrow(0, 54, 10).equal(drawn.narrow(0, 54, 10))) << "there are 54 whitening filters";
  EXPECT_TRUE(filters.norm(2, 1).allclose(drawn.norm(2, 1))) << "of the size that they were drawn with";
  // What they give is uncorrelated.
  const at::Tensor patches = at::im2col(images, {3, 3}, {1, 1}, {0, 0}, {1, 1}).transpose(1, 2).reshape({-1, 27});
  const at::Tensor out = patches.mm(whitened.t());
  const at::Tensor covariance = out.t().mm(out);
  const at::Tensor scale = covariance.diagonal().sqrt();
  const at::Tensor correlation = covariance / scale.unsqueeze(0) / scale.unsqueeze(1);
  EXPECT_LT((correlation - at::eye(27)).abs().max().item<float>(), 0.02);
  const auto narrow =
      create("custom_resnet", {.classes = 10, .in_channels = 3, .values = {{"width", 4}, {"whitening", true}}});
  nn::initialise(*narrow, 3);
  EXPECT_NO_THROW(narrow->fit(images)) << "fewer filters than whitening has";
}

TEST(Registry, OffersTheNearestName) {
  EXPECT_NE(create("custom_resnet", {.classes = 10, .in_channels = 3}), nullptr);
  try {
    create("custom_resnett", {.classes = 10, .in_channels = 3});
    FAIL() << "an unknown name was accepted";
  } catch (const core::UserError& error) {
    EXPECT_EQ(error.parts().remedy, "did you mean 'custom_resnet'?");
  }
}

}  // namespace
}  // namespace reslab::models
