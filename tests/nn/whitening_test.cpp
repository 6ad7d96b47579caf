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

}  // namespace
}  // namespace reslab::nn
