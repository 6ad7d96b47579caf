#include "reslab/explain/class_activation.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "explain/support.h"
#include "reslab/core/error.h"
#include "reslab/explain/cam_formulas.h"
#include "reslab/nn/state.h"
#include "support/message.h"

namespace reslab::explain {
namespace {

using support::contains;

at::Tensor classes_in_turn(std::int64_t count) { return at::arange(count, at::kLong) % 10; }

class Method : public testing::TestWithParam<std::string> {};

TEST_P(Method, GivesMapsOfTheImagesSizeFromZeroToOne) {
  const auto network = small_network();
  const at::Tensor images = real_images(3);
  const at::Tensor maps = class_activation_maps(*network, images, classes_in_turn(3),
                                                {.layer = "layer2", .method = cam_method(GetParam())});
  ASSERT_EQ(maps.sizes(), (at::IntArrayRef{3, 32, 32}));
  EXPECT_EQ(maps.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::isfinite(maps).all().item<bool>());
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(maps[i].min().item<float>(), 0);
    EXPECT_NEAR(maps[i].max().item<float>(), 1, 1e-5) << "an empty map would test nothing";
  }
}

TEST_P(Method, DependsOnTheImageAlone) {
  const auto network = small_network();
  const at::Tensor images = real_images(5), classes = classes_in_turn(5);
  CamOptions options{.layer = "layer1", .method = cam_method(GetParam())};
  const at::Tensor together = class_activation_maps(*network, images, classes, options);
  options.batch_size = 2;
  EXPECT_TRUE(at::allclose(class_activation_maps(*network, images, classes, options), together, 1e-3, 1e-3));
  EXPECT_FALSE(at::allclose(together[0], together[1], 1e-2, 1e-2));
}

INSTANTIATE_TEST_SUITE_P(All, Method, testing::ValuesIn(cam_method_names().begin(), cam_method_names().end()),
                         [](const auto& method) {
                           std::string name;
                           for (const char c : method.param) name += c == '-' ? '_' : c == '+' ? 'p' : c;
                           return name;
                         });

TEST(ClassActivationMaps, ShowTheHalfThatTheClassDependsOn) {
  LeftHalf network;
  at::Tensor image = at::zeros({1, 3, 6, 8});
  image[0][1].fill_(2);
  // The gradient is 1 on the left and 0 on the right, where HiResCAM and LayerCAM show nothing therefore.
  for (const CamMethod method : {CamMethod::hi_res_cam, CamMethod::layer_cam}) {
    const at::Tensor map =
        class_activation_maps(network, image, at::ones({1}, at::kLong), {.layer = "map", .method = method})[0];
    EXPECT_TRUE(map.slice(1, 0, 4).gt(0.999).all().item<bool>()) << map;
    EXPECT_TRUE(map.slice(1, 4, 8).eq(0).all().item<bool>()) << map;
  }
  // For another class nothing in the image speaks, and the map is empty, not NaN.
  const at::Tensor other = class_activation_maps(network, image, at::zeros({1}, at::kLong),
                                                 {.layer = "map", .method = CamMethod::hi_res_cam});
  EXPECT_EQ(other.abs().max().item<float>(), 0);
}

TEST(ClassActivationMaps, SeveralLayersInOnePassAreTheSameAsOneByOne) {
  const auto network = small_network();
  const at::Tensor images = real_images(2);
  const std::vector<std::string> layers{"layer3", "layer1"};
  const auto maps = class_activation_maps(*network, images, classes_in_turn(2), layers);
  ASSERT_EQ(maps.size(), 2U);
  for (std::size_t i = 0; i < layers.size(); ++i)
    EXPECT_TRUE(at::allclose(maps[i], class_activation_maps(*network, images, classes_in_turn(2), {.layer = layers[i]}),
                             1e-4, 1e-5));
}

TEST(ClassActivationMaps, DefaultIsTheDeepestLayerWithAMap) {
  const auto network = small_network();
  const at::Tensor images = real_images(1);
  EXPECT_TRUE(class_activation_maps(*network, images, classes_in_turn(1))
                  .equal(class_activation_maps(*network, images, classes_in_turn(1), {.layer = "layer3"})));
  LeftHalf half;
  EXPECT_NO_THROW(class_activation_maps(half, at::rand({1, 3, 4, 4}), classes_in_turn(1)));
}

TEST(ClassActivationMaps, LeaveTheNetworkAsItWas) {
  const auto network = small_network();
  network->train();
  const std::string before = nn::state_hash(nn::state_of(*network));
  const at::NoGradGuard no_grad;  // as a caller may have it
  for (const CamMethod method : {CamMethod::grad_cam, CamMethod::score_cam})
    class_activation_maps(*network, real_images(2), classes_in_turn(2), {.layer = "layer3", .method = method});
  EXPECT_TRUE(network->is_training());
  EXPECT_EQ(nn::state_hash(nn::state_of(*network)), before) << "batch-norm's statistics must not move";
  for (const at::Tensor& parameter : network->parameters()) EXPECT_FALSE(parameter.grad().defined());
}

TEST(ClassActivationMaps, NeedNoTrainableParameters) {
  const auto network = small_network();
  const at::Tensor images = real_images(2), expected = class_activation_maps(*network, images, classes_in_turn(2));
  for (at::Tensor& parameter : network->parameters()) parameter.set_requires_grad(false);
  EXPECT_TRUE(class_activation_maps(*network, images, classes_in_turn(2)).equal(expected));
}

TEST(ClassActivationMaps, InBf16AreNearThoseInFp32) {
  const auto network = small_network();
  const at::Tensor images = real_images(4);
  const at::Tensor exact = class_activation_maps(*network, images, classes_in_turn(4), {.layer = "layer2"});
  const at::Tensor rounded =
      class_activation_maps(*network, images, classes_in_turn(4), {.layer = "layer2", .type = at::kBFloat16});
  EXPECT_LT((exact - rounded).abs().mean().item<float>(), 0.05);
  EXPECT_GT((exact - rounded).abs().max().item<float>(), 0) << "bf16 wasn't used";
}

TEST(ClassActivationMaps, SmoothedByAugmentationOfASymmetricImageAreSymmetric) {
  const auto network = small_network();
  const at::Tensor half = real_images(1).slice(3, 0, 16), image = at::cat({half, half.flip(3)}, 3);
  const at::Tensor map =
      class_activation_maps(*network, image, classes_in_turn(1), {.layer = "layer2", .augmentation_smoothing = true});
  EXPECT_TRUE(at::allclose(map, map.flip(2), 1e-3, 1e-4));
}

TEST(ClassActivationMaps, RefuseLayersThatCantBeExplained) {
  LeftHalf half;
  const at::Tensor image = at::rand({1, 3, 4, 4});
  const auto refusal = [&](models::Network& network, const std::string& layer) {
    return support::message_of<core::UserError>(
        [&] { class_activation_maps(network, image, at::zeros({1}, at::kLong), {.layer = layer}); });
  };
  const std::string pixel = refusal(half, "dot");
  EXPECT_TRUE(contains(pixel, "a single pixel")) << pixel;
  EXPECT_TRUE(contains(pixel, "use the layer map")) << pixel;
  const std::string unknown = refusal(half, "mpa");
  EXPECT_TRUE(contains(unknown, "no such layer") && contains(unknown, "did you mean 'map'?")) << unknown;
  EXPECT_THROW(find_layer(std::vector<FeatureShape>{{.name = "a", .channels = 3, .height = 1, .width = 1}}, ""),
               core::UserError);
}

TEST(CamMethod, NamesAreReadBackAndUnknownOnesRefused) {
  const auto names = cam_method_names();
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(cam_method(names[i]), static_cast<CamMethod>(i));
  const std::string message = support::message_of<core::UserError>([] { cam_method("gradcam"); });
  EXPECT_TRUE(contains(message, "did you mean 'grad-cam'?")) << message;
}

TEST(CamFormulas, AreThoseOfThePapers) {
  // One channel of 2 × 1 pixels, A = (1, 3), g = (2, −1).
  const at::Tensor a = at::tensor({1.0F, 3.0F}).view({1, 1, 2, 1}), g = at::tensor({2.0F, -1.0F}).view({1, 1, 2, 1});
  const auto values = [&](CamMethod method) {
    const at::Tensor result = weighted_activations(method, a, g).flatten().contiguous();
    return std::pair(result[0].item<double>(), result[1].item<double>());
  };
  const auto expect = [&](CamMethod method, double first, double second) {
    EXPECT_NEAR(values(method).first, first, 1e-5) << static_cast<int>(method);
    EXPECT_NEAR(values(method).second, second, 1e-5) << static_cast<int>(method);
  };
  expect(CamMethod::grad_cam, 0.5, 1.5);                            // w = (2 − 1) / 2
  expect(CamMethod::x_grad_cam, (2.0 - 3) / 4, 3 * (2.0 - 3) / 4);  // w = Σ g A / Σ A
  expect(CamMethod::hi_res_cam, 2, -3);
  expect(CamMethod::layer_cam, 2, 0);
  const double alpha = 4.0 / (2 * 4 + 4 * 8);  // only the positive gradient counts
  expect(CamMethod::grad_cam_plus_plus, 2 * alpha, 3 * 2 * alpha);
}

TEST(CamFormulas, AQuotientOfNothingSpoilsNoOtherChannel) {
  const at::Tensor a = at::tensor({0.0F, 0.0F, 1.0F, 2.0F}).view({1, 2, 2, 1});
  const at::Tensor g = at::tensor({std::numeric_limits<float>::quiet_NaN(), 1.0F, 1.0F, 1.0F}).view({1, 2, 2, 1});
  const at::Tensor map = weighted_activations(CamMethod::grad_cam, a, g).sum(1);
  EXPECT_TRUE(at::isfinite(map).all().item<bool>());
  EXPECT_NEAR(map.max().item<double>(), 2, 1e-6);
}

TEST(CamFormulas, PrincipalProjectionFindsTheOnlyDirection) {
  // Channels (x, 2x): the projection is ± √5 · (x − mean), and the value of largest magnitude is positive.
  const at::Tensor x = at::tensor({0.0F, 1.0F, 2.0F, 9.0F}).view({1, 1, 2, 2});
  for (const double sign : {1.0, -1.0}) {
    const at::Tensor map = principal_projection(at::cat({sign * x, 2 * sign * x}, 1));
    EXPECT_TRUE(at::allclose(map, (x - 3).squeeze(1) * std::sqrt(5.0), 1e-4, 1e-4)) << map;
  }
}

// Of two maps the one that holds a NaN is empty; the other is as it would be alone.
TEST(CamFormulas, AMapThatIsNotFiniteIsEmpty) {
  at::Tensor maps = at::arange(8, at::kFloat).view({2, 2, 2});
  const at::Tensor alone = scale_to_unit(maps.slice(0, 0, 1));
  maps[1][0][1] = std::nanf("");
  const at::Tensor scaled = scale_to_unit(maps);
  EXPECT_TRUE(scaled[0].equal(alone[0]));
  EXPECT_TRUE(scaled[1].equal(at::zeros({2, 2})));
  EXPECT_TRUE(principal_projection(maps.unsqueeze(1))[1].equal(at::zeros({2, 2}))) << "and nothing is thrown";
}

TEST(CamFormulas, ScalingKeepsEqualValuesAtZero) {
  const at::Tensor maps = scale_to_unit(at::full({2, 3, 3}, 5.0F));
  EXPECT_EQ(maps.abs().max().item<float>(), 0);
}

RC_GTEST_PROP(CamFormulas, ResizingStaysWithinTheMapsBounds, ()) {
  const auto side = *rc::gen::inRange<std::int64_t>(2, 9);
  const auto target = *rc::gen::inRange<std::int64_t>(2, 40);
  const at::Tensor map = at::rand({1, side, side + 1}), resized = resize_maps(map, target, target + 3);
  RC_ASSERT(resized.size(1) == target && resized.size(2) == target + 3);
  RC_ASSERT(resized.min().item<float>() >= map.min().item<float>() - 1e-6F);
  RC_ASSERT(resized.max().item<float>() <= map.max().item<float>() + 1e-6F);
}

}  // namespace
}  // namespace reslab::explain
