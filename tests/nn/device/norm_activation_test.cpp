#include "reslab/nn/device/norm_activation.h"

#include <ATen/Context.h>
#include <torch/autograd.h>

#include <limits>

#include "nn/norm_activation_support.h"

namespace reslab::nn::device {
namespace {

using namespace test;

Case to(Case c, const c10::Device& device) {
  for (at::Tensor* tensor :
       {&c.x, &c.dy, &c.residual, &c.norm.weight, &c.norm.bias, &c.norm.running_mean, &c.norm.running_var})
    if (tensor->defined()) *tensor = tensor->to(device);
  return c;
}

// By blocks of so many threads on the processor, or on a GPU.
Results ours(const Case& c, int threads, const c10::Device& device = at::kCPU) {
  Results results = test::run(to(c, device), c.x.scalar_type(), at::kFloat,
                              [&](const at::Tensor& x, const NormActivation& norm, const at::Tensor& residual) {
                                return device::norm_activation(x, norm, residual, threads);
                              });
  for (at::Tensor* tensor : {&results.y, &results.of_x, &results.of_weight, &results.of_bias, &results.of_residual,
                             &results.running_mean, &results.running_var})
    if (tensor->defined()) *tensor = tensor->cpu();
  return results;
}

void expect_equal_to_its_parts(at::ScalarType type, const c10::Device& device) {
  const Case c = any_case(type);
  const int threads = device.is_cpu() ? *rc::gen::element(1, 7, 48) : device::threads;
  const Results is = ours(c, threads, device);
  RC_ASSERT(is.y.scalar_type() == type);
  RC_ASSERT(is.of_x.scalar_type() == type);
  // In bf16 half a unit in the last of 8 places, of the largest value.
  if (type == at::kFloat)
    expect_equal(c, is, expected(c), 3e-5, 1e-4);
  else
    expect_equal(c, is, expected(c), 1.0 / 256, 1e-3);
}

TEST(DeviceNormActivation, EqualsItsPartsInFp32) {
  EXPECT_TRUE(
      rc::check("libtorch's operators, but for rounding", [] { expect_equal_to_its_parts(at::kFloat, at::kCPU); }));
}

TEST(DeviceNormActivation, EqualsItsPartsInBf16) {
  EXPECT_TRUE(rc::check("libtorch's operators, but for one rounding to bf16",
                        [] { expect_equal_to_its_parts(at::kBFloat16, at::kCPU); }));
}

TEST(DeviceNormActivation, MakesNothingOfAChannelWithoutVariance) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    Case c = make_case({8, 4, 16, 16}, type, Activation::none);
    c.norm.eps = 1e-12;
    c.residual = at::Tensor();
    c.x.select(1, 2).fill_(0.21);
    const Results is = ours(c, 7);
    const at::Tensor dy = c.dy.to(at::kDouble).select(1, 2);
    EXPECT_TRUE(at::allclose(is.of_x.to(at::kDouble).select(1, 2), (dy - dy.mean()) * c.norm.weight[2].item<double>(),
                             0.01, 0.01));
  }
}

void expect_sums_over_many_blocks(const Shape& shape, int threads, const c10::Device& device) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const Case c = make_case(shape, type, Activation::gelu);
    const Results is = ours(c, threads, device), should_be = expected(c);
    EXPECT_LT(difference(is.y, should_be.y), type == at::kFloat ? 1e-4 : 1.0 / 256);
    EXPECT_LT(difference(is.of_x, should_be.of_x), type == at::kFloat ? 1e-4 : 1.0 / 256);
    EXPECT_LT(difference(is.of_weight, should_be.of_weight), 1e-4);
    EXPECT_LT(difference(is.of_bias, should_be.of_bias), 1e-4);
    EXPECT_LT(difference(is.running_mean, should_be.running_mean), 1e-5);
    EXPECT_LT(difference(is.running_var, should_be.running_var), 1e-5);
  }
}

TEST(DeviceNormActivation, SumsOverManyBlocks) { expect_sums_over_many_blocks({64, 72, 16, 16}, 1, at::kCPU); }

// Where threads wait too little or for too many, this differs, hangs, or is told by ThreadSanitizer. With several
// lanes, among which sums are made, and threads that rest.
TEST(DeviceNormActivation, SumsOverManyThreads) {
  const Shape even{64, 8, 16, 16}, odd{64, 3, 16, 16};
  constexpr int for_even = 21, for_odd = 11;
  const Layout layout = layout_of(64 * 16 * 16, 8, vector_width<float>, for_even);
  ASSERT_GT(layout.lanes, 1);
  ASSERT_GT(layout.chunks, 1);
  ASSERT_LT(layout.lanes * layout.columns, for_even);
  expect_sums_over_many_blocks(even, for_even, at::kCPU);
  expect_sums_over_many_blocks(odd, for_odd, at::kCPU);
}

TEST(DeviceNormActivation, GivesTheSameWheneverItRuns) {
  const Case c = make_case({16, 8, 16, 16}, at::kBFloat16, Activation::silu);  // seven lanes
  const Results first = ours(c, 7);
  for (int i = 0; i < 5; ++i) {
    const Results same = ours(c, 7);
    EXPECT_TRUE(same.y.equal(first.y));
    EXPECT_TRUE(same.of_x.equal(first.of_x));
    EXPECT_TRUE(same.of_weight.equal(first.of_weight));
    EXPECT_TRUE(same.running_var.equal(first.running_var));
  }
}

TEST(DeviceNormActivation, KeepsDigitsBesideALargeMeanAndATinyEps) {
  Case c = make_case({8, 16, 8, 8}, at::kFloat, Activation::none);
  c.x = (c.x * 0.01 + 1000).contiguous(last);
  c.norm.eps = 1e-12;
  const Results is = ours(c, 9), should_be = expected(c);
  // The last place of a mean of 1000 in fp32 is 6e-5, 0.003 of a deviation of 0.02.
  EXPECT_LT(difference(is.y, should_be.y), 0.01);
  EXPECT_LT(difference(is.of_x, should_be.of_x, before_cancelling(c)), 1e-4);
  EXPECT_LT(((is.running_var - should_be.running_var).abs() / should_be.running_var).max().item<double>(), 1e-5);
  c.x.fill_(1000);  // no deviation at all
  EXPECT_TRUE(ours(c, 9).y.isfinite().all().item<bool>());
}

TEST(DeviceNormActivation, DoesNotHideWhatIsNotANumber) {
  for (const auto activation : {Activation::none, Activation::relu, Activation::gelu, Activation::silu})
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      Case c = make_case({1, 8, 4, 4}, type, activation, /*training=*/false);
      c.x[0][3][1][2] = std::numeric_limits<float>::quiet_NaN();
      const at::Tensor y = device::norm_activation(c.x, c.norm);
      EXPECT_TRUE(y[0][3][1][2].isnan().item<bool>());
      EXPECT_EQ(y.isnan().sum().item<std::int64_t>(), 1);
    }
}

TEST(DeviceNormActivation, ActivatesAsLibtorchDoesFromEndToEnd) {
  const at::Tensor near = at::linspace(-12, 12, 4096), far = at::linspace(-1e4, 1e4, 4096);
  for (const auto activation : {Activation::relu, Activation::gelu, Activation::silu})
    for (const at::Tensor& values : {near, far}) {
      const Case c = plain_case(values.view({16, 16, 4, 4}).contiguous(last), activation);
      const Results is = ours(c, 1), should_be = expected(c);
      EXPECT_TRUE(at::allclose(is.y.to(at::kDouble), should_be.y, 1e-6, 1e-6)) << static_cast<int>(activation);
      EXPECT_TRUE(at::allclose(is.of_x.to(at::kDouble), should_be.of_x, 1e-5, 2e-6)) << static_cast<int>(activation);
    }
}

TEST(DeviceNormActivation, TakesMapsThatLieOnNoRoundPlace) {
  for (const auto type : {at::kFloat, at::kBFloat16})
    for (at::Tensor Case::*moved : {&Case::x, &Case::dy, &Case::residual}) {
      Case c = make_case({3, 24, 6, 5}, type, Activation::gelu);
      c.norm.residual_first = moved == &Case::residual;
      Case other = c;
      other.*moved = on_no_round_place(c.*moved);
      ASSERT_TRUE(takes(other.*moved));
      ASSERT_NE(reinterpret_cast<std::uintptr_t>((other.*moved).const_data_ptr()) % 16, 0U);
      // test::run would copy x to a round place.
      const auto forward_and_back = [](const Case& of) {
        const at::Tensor x = of.x.detach().requires_grad_(), residual = of.residual.detach().requires_grad_();
        const at::Tensor y = device::norm_activation(x, of.norm, residual, 3);
        return torch::autograd::grad({y}, {x, residual}, {of.dy});
      };
      const auto is = forward_and_back(other), should_be = forward_and_back(c);
      EXPECT_LT(difference(is[0], should_be[0].to(at::kDouble)), type == at::kFloat ? 1e-6 : 1.0 / 128);
      if (c.norm.residual_first)
        EXPECT_LT(difference(is[1], should_be[1].to(at::kDouble)), type == at::kFloat ? 1e-6 : 1.0 / 128);
      else
        EXPECT_TRUE(is[1].equal(should_be[1]));
      EXPECT_LT(difference(device::norm_activation(other.x, c.norm, other.residual),
                           device::norm_activation(c.x, c.norm, c.residual).to(at::kDouble)),
                type == at::kFloat ? 1e-6 : 1.0 / 128);
    }
}

TEST(DeviceNormActivation, GoesBackByTheStatisticsThatItWentForwardBy) {
  const Case c = make_case({4, 16, 6, 6}, at::kFloat, Activation::none, /*training=*/false);
  const Results reference = ours(c, 1);
  const Results moved =
      test::run(c, at::kFloat, at::kFloat, [](const at::Tensor& x, const NormActivation& n, const at::Tensor& r) {
        at::Tensor y = device::norm_activation(x, n, r);
        n.running_mean.add_(7);  // as a step of training in between would
        return y;
      });
  EXPECT_TRUE(moved.of_x.equal(reference.of_x));
  EXPECT_TRUE(moved.of_weight.equal(reference.of_weight));
}

TEST(DeviceNormActivation, GivesEachGradientByItself) {
  const Case c = make_case({4, 16, 6, 6}, at::kFloat, Activation::relu);
  const at::Tensor x = c.x.clone().requires_grad_();
  device::norm_activation(x, c.norm).backward(c.dy);
  EXPECT_LT(difference(x.grad(), expected(c).of_x, before_cancelling(c)), 1e-4);
  const at::Tensor weight = c.norm.weight.clone().requires_grad_();
  NormActivation norm = c.norm;
  norm.weight = weight;
  device::norm_activation(c.x, norm).backward(c.dy);
  EXPECT_LT(difference(weight.grad(), expected(c).of_weight), 1e-4);
  // By running statistics nothing is summed for x alone.
  const Case still = make_case({4, 16, 6, 6}, at::kFloat, Activation::relu, /*training=*/false);
  const at::Tensor other = still.x.clone().requires_grad_();
  device::norm_activation(other, still.norm).backward(still.dy);
  EXPECT_LT(difference(other.grad(), expected(still).of_x, before_cancelling(still)), 1e-4);
}

TEST(DeviceNormActivation, IsDifferentiableOnceAndSaysSo) {
  const Case c = make_case({4, 16, 6, 6}, at::kFloat, Activation::relu);
  const at::Tensor x = c.x.clone().requires_grad_();
  const at::Tensor y = device::norm_activation(x, c.norm);
  EXPECT_ANY_THROW(torch::autograd::grad({y.sum()}, {x}, {}, /*retain_graph=*/true, /*create_graph=*/true));
}

TEST(DeviceNormActivation, TakesNeitherOtherTypesNorOtherOrders) {
  EXPECT_TRUE(takes(at::zeros({1, 3, 4, 4}).contiguous(last)));
  EXPECT_FALSE(takes(at::zeros({1, 3, 4, 4}, at::kDouble).contiguous(last)));
  EXPECT_FALSE(takes(at::zeros({2, 3, 4, 4})));
  EXPECT_FALSE(takes(at::zeros({2, 3})));
  EXPECT_FALSE(takes(at::zeros({0, 3, 4, 4}).contiguous(last)));
}

TEST(DeviceNormActivation, EqualsItsPartsOnCuda) {
  if (!at::hasCUDA()) GTEST_SKIP() << "this libtorch sees no CUDA device: the kernels themselves are NOT tested here";
  const c10::Device device(at::kCUDA, 0);
  for (const auto type : {at::kFloat, at::kBFloat16})
    EXPECT_TRUE(rc::check("libtorch's operators, but for rounding", [&] { expect_equal_to_its_parts(type, device); }));
  expect_sums_over_many_blocks({64, 72, 16, 16}, threads, device);
}

}  // namespace
}  // namespace reslab::nn::device
