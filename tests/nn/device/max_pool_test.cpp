#include "reslab/nn/device/max_pool.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <torch/autograd.h>

#include <limits>

#include "nn/norm_activation_support.h"

namespace reslab::nn::device {
namespace {

constexpr auto last = at::MemoryFormat::ChannelsLast;

struct Pooled {
  at::Tensor y, of_x;
};

template <typename Pool>
Pooled pooled(const at::Tensor& values, const at::Tensor& dy, const Pool& pool) {
  const at::Tensor x = values.clone().requires_grad_();
  const at::Tensor y = pool(x);
  y.backward(dy);
  return {y.detach().cpu(), x.grad().cpu()};
}

// Values of few kinds, so that many are equal.
void expect_what_libtorch_gives(const c10::Device& device, int threads) {
  const auto size = [](int least, int below) { return *rc::gen::inRange<std::int64_t>(least, below); };
  const auto type = *rc::gen::element(at::kFloat, at::kBFloat16);
  const std::int64_t n = size(1, 4), c = size(1, 40), h = size(2, 10), w = size(2, 10);
  at::manual_seed(n + 5 * c + 7 * h + 11 * w);
  const at::Tensor x = at::randint(-4, 5, {n, c, h, w}).contiguous(last).to(type).to(device);
  const at::Tensor dy = at::randn({n, c, h / 2, w / 2}).to(type).to(device);
  const Pooled is = pooled(x, dy, [&](const at::Tensor& input) { return max_pool(input, threads); });
  const Pooled should_be = pooled(x, dy, [](const at::Tensor& input) { return at::max_pool2d(input, 2, 2); });
  RC_ASSERT(is.y.equal(should_be.y));
  RC_ASSERT(is.of_x.equal(should_be.of_x));
}

TEST(DeviceMaxPool, GivesWhatLibtorchGives) {
  EXPECT_TRUE(rc::check("values and gradients of any map",
                        [] { expect_what_libtorch_gives(at::kCPU, *rc::gen::element(1, 2, 7)); }));
}

TEST(DeviceMaxPool, CutsALargeMapIntoManyBlocks) {
  const at::Tensor x = at::randn({64, 16, 33, 32}).contiguous(last), dy = at::randn({64, 16, 16, 16});
  const Pooled is = pooled(x, dy, [](const at::Tensor& input) { return max_pool(input, 5); });
  const Pooled should_be = pooled(x, dy, [](const at::Tensor& input) { return at::max_pool2d(input, 2, 2); });
  EXPECT_TRUE(is.y.equal(should_be.y));
  EXPECT_TRUE(is.of_x.equal(should_be.of_x));
}

TEST(DeviceMaxPool, TakesMapsThatLieOnNoRoundPlace) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const at::Tensor x = at::randn({3, 16, 7, 6}).contiguous(last).to(type);
    const at::Tensor dy = at::randn({3, 16, 3, 3}).contiguous(last).to(type);
    const at::Tensor other = test::on_no_round_place(x).requires_grad_(), y = max_pool(other, 5);
    const Pooled should_be = pooled(x, dy, [](const at::Tensor& input) { return max_pool(input, 5); });
    EXPECT_TRUE(y.equal(should_be.y));
    EXPECT_TRUE(torch::autograd::grad({y}, {other}, {test::on_no_round_place(dy)})[0].equal(should_be.of_x));
  }
}

TEST(DeviceMaxPool, DoesNotHideWhatIsNotANumber) {
  for (int place = 0; place < 4; ++place) {
    at::Tensor x = at::randn({1, 8, 4, 4}).contiguous(last);
    x[0][5][2 + place / 2][place % 2] = std::numeric_limits<float>::quiet_NaN();
    const at::Tensor y = max_pool(x);
    EXPECT_TRUE(y[0][5][1][0].isnan().item<bool>()) << place;
    EXPECT_EQ(y.isnan().sum().item<std::int64_t>(), 1) << place;
  }
}

TEST(DeviceMaxPool, IsDifferentiableOnceAndSaysSo) {
  const at::Tensor x = at::randn({1, 8, 4, 4}).contiguous(last).requires_grad_();
  const at::Tensor y = max_pool(x);
  EXPECT_ANY_THROW(torch::autograd::grad({y.sum()}, {x}, {}, /*retain_graph=*/true, /*create_graph=*/true));
}

TEST(DeviceMaxPool, LeavesOtherMapsToLibtorch) {
  EXPECT_TRUE(max_pool_applies(at::zeros({1, 3, 2, 2}).contiguous(last)));
  EXPECT_FALSE(max_pool_applies(at::zeros({1, 3, 1, 4}).contiguous(last)));
  EXPECT_FALSE(max_pool_applies(at::zeros({1, 3, 4, 4}, at::kDouble).contiguous(last)));
  EXPECT_FALSE(max_pool_applies(at::zeros({2, 3, 4, 4})));
}

TEST(DeviceMaxPool, GivesWhatLibtorchGivesOnCuda) {
  if (!at::hasCUDA()) GTEST_SKIP() << "this libtorch sees no CUDA device: the kernels themselves are NOT tested here";
  EXPECT_TRUE(rc::check("values and gradients of any map", [] {
    expect_what_libtorch_gives({at::kCUDA, 0}, threads);
  }));
}

}  // namespace
}  // namespace reslab::nn::device
