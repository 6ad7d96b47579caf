#include "reslab/nn/whitening.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace reslab::nn {
namespace {

TEST(Whitening, GivesOutputsWithTheIdentityForCovariance) {
  at::manual_seed(1);
  // Neighbouring pixels and channels hang together.
  const at::Tensor noise = at::randn({200, 3, 17, 17});
  const at::Tensor images = noise + 2 * at::avg_pool2d(noise, 3, 1, 1) + noise.mean(1, true) + 0.5;
  const at::Tensor filters = whitening_filters(images, {.eps = 0});
  ASSERT_EQ(filters.sizes(), (at::IntArrayRef{24, 3, 2, 2}));
  EXPECT_EQ(whitening_channels(3), 24);
  const at::Tensor outputs = at::conv2d(images, filters.slice(0, 0, 12)).permute({0, 2, 3, 1}).reshape({-1, 12});
  const at::Tensor covariance = outputs.t().mm(outputs) / static_cast<double>(outputs.size(0));
  EXPECT_LT((covariance - at::eye(12)).abs().max().item<float>(), 2e-3F);
  EXPECT_TRUE(filters.slice(0, 12).equal(-filters.slice(0, 0, 12)));
}

TEST(Whitening, OrdersByEigenvalueAndDampsTheSmallest) {
  at::manual_seed(2);
  const at::Tensor images = at::avg_pool2d(at::randn({50, 3, 12, 12}), 3, 1, 1);
  const at::Tensor norms = whitening_filters(images, {.eps = 5e-4}).slice(0, 0, 12).flatten(1).norm(2, 1);
  // A filter's norm is 1 / √(λ + eps): it grows as λ falls, and eps bounds it.
  EXPECT_TRUE((norms.slice(0, 1) >= norms.slice(0, 0, 11) * 0.999).all().item<bool>());
  EXPECT_LT(norms.max().item<float>(), 1 / std::sqrt(5e-4F));
}

// Smooth images in [0, 1] of three channels, normalised by CIFAR-10's figures.
at::Tensor normalised(const at::Tensor& images) {
  const auto by_channel = [](std::vector<float> values) { return at::tensor(values).view({1, 3, 1, 1}); };
  return (images - by_channel({0.4914F, 0.4822F, 0.4465F})) / by_channel({0.2470F, 0.2435F, 0.2616F});
}

at::Tensor smooth_images() {
  at::manual_seed(3);
  return (0.5 + 0.6 * at::avg_pool2d(at::randn({100, 3, 34, 34}), 3, 1)).clamp(0, 1);
}

// As a network takes it up: what a filter gives has a deviation that bf16 tells from its mean, and no filter is so
// large that it is made of rounding errors.
void expect_that_all_filters_see_something(const at::Tensor& images) {
  for (const std::int64_t kernel : {2, 3}) {
    const at::Tensor filters = whitening_filters(images, {.kernel = kernel});
    ASSERT_TRUE(filters.isfinite().all().item<bool>());
    const at::Tensor outputs = at::conv2d(images.to(at::kDouble), filters.to(at::kDouble));
    const at::Tensor deviation = outputs.transpose(0, 1).flatten(1).std(1),
                     mean = outputs.transpose(0, 1).flatten(1).mean(1).abs();
    EXPECT_GT(deviation.min().item<double>(), 0.02) << "kernel " << kernel;
    EXPECT_GT((deviation / mean).min().item<double>(), 0.02) << "kernel " << kernel;
  }
}

TEST(Whitening, LeavesOutWhatIsTheSameEverywhere) {
  const at::Tensor images = smooth_images();
  expect_that_all_filters_see_something(normalised(images));
  for (const std::int64_t channel : {0, 1, 2})
    for (const double value : {0.0, 128 / 255.0, 1.0}) {
      at::Tensor constant = images.clone();
      constant.select(1, channel).fill_(value);
      expect_that_all_filters_see_something(normalised(constant));
      constant = normalised(constant);
      constant.select(1, channel).zero_();  // by a mean and a deviation of their own
      expect_that_all_filters_see_something(constant);
    }
  const at::Tensor grey = images.slice(1, 0, 1).expand({-1, 3, -1, -1});
  expect_that_all_filters_see_something(normalised(grey));
  at::Tensor hardly = images.clone();
  hardly.select(1, 2).copy_((128 + (at::rand({100, 32, 32}) < 0.01).to(at::kFloat)) / 255);
  expect_that_all_filters_see_something(normalised(hardly));
}

TEST(Whitening, IsFiniteWhereNothingVaries) {
  const at::Tensor filters = whitening_filters(at::full({20, 3, 8, 8}, 0.25F));
  EXPECT_TRUE(filters.isfinite().all().item<bool>());
  EXPECT_LT(filters.abs().max().item<float>(), 2);
  EXPECT_TRUE(whitening_filters(at::zeros({20, 3, 8, 8})).isfinite().all().item<bool>());
}

}  // namespace
}  // namespace reslab::nn
