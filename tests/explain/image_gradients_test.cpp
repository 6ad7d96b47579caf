#include "reslab/explain/image_gradients.h"

#include <gtest/gtest.h>

#include "explain/support.h"
#include "reslab/nn/activation.h"

namespace reslab::explain {
namespace {

at::Tensor zeros(std::int64_t count) { return at::zeros({count}, at::kLong); }

TEST(ImageGradients, AreThoseOfALinearScore) {
  LeftHalf network;
  const at::Tensor gradients = image_gradients(network, at::rand({2, 3, 4, 6}), at::tensor({2, 0}, at::kLong), {});
  at::Tensor expected = at::zeros({2, 3, 4, 6});
  expected[0][2].slice(1, 0, 3).fill_(1);
  expected[1][0].slice(1, 0, 3).fill_(1);
  EXPECT_TRUE(gradients.equal(expected));
  EXPECT_TRUE(at::allclose(saliency_maps(gradients), expected.amax(1)));
}

TEST(ImageGradients, AgreeWithFiniteDifferences) {
  const auto network = small_network();
  for (const auto& parameter : network->named_parameters()) parameter.value.set_data(parameter.value.to(at::kDouble));
  for (const auto& buffer : network->named_buffers()) buffer.value.set_data(buffer.value.to(at::kDouble));
  network->eval();
  const at::Tensor image = real_images(1);
  const at::Tensor gradient = image_gradients(*network, image, zeros(1), {.type = at::kDouble});
  const auto score = [&](double step) {
    at::Tensor moved = image.to(at::kDouble);
    moved[0][1][7][9] += step;
    return network->forward(moved)[0][0].item<double>();
  };
  constexpr double step = 1e-5;
  EXPECT_NEAR(gradient[0][1][7][9].item<double>(), (score(step) - score(-step)) / (2 * step), 1e-4);
}

TEST(ImageGradients, GuidedOnesDifferAndTheNetworkIsItselfAgain) {
  const auto network = small_network();
  network->train();
  const at::Tensor images = real_images(2), plain = image_gradients(*network, images, zeros(2));
  const at::Tensor guided = image_gradients(*network, images, zeros(2), {.guided = true});
  EXPECT_FALSE(at::allclose(plain, guided, 1e-2, 1e-6));
  EXPECT_TRUE(image_gradients(*network, images, zeros(2)).equal(plain));
  EXPECT_TRUE(network->is_training());
}

TEST(ImageGradients, SmoothingRepeatsItselfAndApproachesThePlainOneAsTheNoiseVanishes) {
  const auto network = small_network();
  const at::Tensor images = real_images(3), plain = image_gradients(*network, images, zeros(3));
  const GradientOptions options{.noisy_copies = 4, .seed = 5};
  const at::Tensor smooth = image_gradients(*network, images, zeros(3), options);
  EXPECT_TRUE(smooth.equal(image_gradients(*network, images, zeros(3), options)));
  EXPECT_FALSE(at::allclose(smooth, plain, 1e-2, 1e-6));
  EXPECT_TRUE(
      at::allclose(image_gradients(*network, images, zeros(3), {.noisy_copies = 2, .noise = 0}), plain, 1e-3, 1e-5));
}

TEST(GuidedBackward, LetsOnlyPositiveGradientsOfPositiveInputsPass) {
  const auto relu = std::make_shared<nn::ReLU>();
  nn::ModuleGroup network;
  network.register_module("relu", relu);
  at::Tensor input = at::tensor({-1.0F, 2.0F, 3.0F}).requires_grad_(true);
  {
    const nn::GuidedBackward guided(network);
    (relu->forward(input) * at::tensor({5.0F, -7.0F, 11.0F})).sum().backward();
    EXPECT_TRUE(input.grad().equal(at::tensor({0.0F, 0.0F, 11.0F})));
  }
  input.mutable_grad().zero_();
  (relu->forward(input * 1) * at::tensor({5.0F, -7.0F, 11.0F})).sum().backward();
  EXPECT_TRUE(input.grad().equal(at::tensor({0.0F, -7.0F, 11.0F})));
}

}  // namespace
}  // namespace reslab::explain
