#include "reslab/nn/kernels/norm_activation.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/autograd.h>

#include <algorithm>
#include <limits>

#include "nn/by_all_instructions.h"
#include "nn/norm_activation_support.h"
#include "nn/page_end.h"
#include "reslab/nn/kernels/norm_rows.h"

namespace reslab::nn::kernels {
namespace {

using namespace test;

Results ours(const Case& c) {
  return run(
      c, c.x.scalar_type(), at::kFloat,
      [](const at::Tensor& x, const NormActivation& norm, const at::Tensor& r) { return norm_activation(x, norm, r); });
}

TEST(NormActivation, EqualsItsPartsInFp32) {
  EXPECT_TRUE(rc::check("libtorch's operators, but for rounding", [] {
    const Case c = any_case(at::kFloat);
    expect_equal(c, ours(c), expected(c), 3e-5, 1e-4);
  }));
}

TEST(NormActivation, EqualsItsPartsInBf16) {
  EXPECT_TRUE(rc::check("libtorch's operators, but for one rounding to bf16", [] {
    const Case c = any_case(at::kBFloat16);
    const Results is = ours(c);
    RC_ASSERT(is.y.scalar_type() == at::kBFloat16);
    RC_ASSERT(is.of_x.scalar_type() == at::kBFloat16);
    // Half a unit in the last of 8 places, of the largest value, and what SiLU's formula is off.
    expect_equal(c, is, expected(c), 1.0 / 256 + 6e-4, 1e-3);
  }));
}

TEST(NormActivation, RoundsToTheNearestEvenBf16AsLibtorchDoes) {
  // Running statistics that leave x alone: y is x · weight, rounded once.
  Case c = make_case({8, 40, 16, 16}, at::kFloat, Activation::none, /*training=*/false);
  const at::Tensor x = c.x.to(at::kBFloat16);
  c.norm.running_mean.zero_();
  c.norm.running_var.fill_(1);
  c.norm.eps = 0;
  c.norm.bias.zero_();
  const at::Tensor product = x.to(at::kFloat) * c.norm.weight.view({1, 40, 1, 1});
  EXPECT_TRUE(norm_activation(x, c.norm).equal(product.to(at::kBFloat16)));
}

TEST(NormActivation, SumsOverManyBlocks) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const Case c = make_case({64, 72, 16, 16}, type, Activation::gelu);
    const Results is = ours(c), should_be = expected(c);
    EXPECT_LT(difference(is.y, should_be.y), type == at::kFloat ? 1e-4 : 1.0 / 256);
    EXPECT_LT(difference(is.of_weight, should_be.of_weight), 1e-4);
    EXPECT_LT(difference(is.running_var, should_be.running_var), 1e-5);
  }
}

TEST(NormActivation, KeepsDigitsBesideALargeMeanAndATinyEps) {
  Case c = make_case({8, 4, 16, 16}, at::kFloat, Activation::none);  // blocks of as many rows as there can be
  c.x = (c.x * 0.01 + 1000).contiguous(last);
  c.norm.eps = 1e-12;
  const Results is = ours(c), should_be = expected(c);
  // The last place of a mean of 1000 in fp32 is 6e-5, 0.003 of a deviation of 0.02.
  EXPECT_LT(difference(is.y, should_be.y), 0.01);
  EXPECT_LT(difference(is.of_x, should_be.of_x, before_cancelling(c)), 1e-4);
  EXPECT_LT(difference(is.of_weight, should_be.of_weight), 0.005);
  EXPECT_LT(((is.running_var - should_be.running_var).abs() / should_be.running_var).max().item<double>(), 1e-5);
  c.x.fill_(1000);  // no deviation at all
  EXPECT_TRUE(ours(c).y.isfinite().all().item<bool>());
}

// Whose deviation counts as 1: y is its bias, and what comes back is no larger than what came.
TEST(NormActivation, MakesNothingOfAChannelWithoutVariance) {
  for (const auto type : {at::kFloat, at::kBFloat16})
    for (const bool residual_first : {false, true}) {
      Case c = make_case({8, 4, 16, 16}, type, Activation::none);
      c.norm.eps = 1e-12;
      c.norm.residual_first = residual_first;
      if (!residual_first) c.residual = at::Tensor();
      c.x.select(1, 2).fill_(0.21);
      const Results is = ours(c), others = expected(c);
      const at::Tensor dy = c.dy.to(at::kDouble).select(1, 2);
      EXPECT_TRUE(at::allclose(is.of_x.to(at::kDouble).select(1, 2), (dy - dy.mean()) * c.norm.weight[2].item<double>(),
                               0.01, 0.01));
      for (const std::int64_t channel : {0, 1, 3})
        EXPECT_LT(difference(is.of_x.select(1, channel), others.of_x.select(1, channel)), 0.02);
      EXPECT_EQ(is.of_weight[2].item<float>(), 0);
      EXPECT_LT(difference(is.y, others.y), 0.01);
    }
}

TEST(NormActivation, DoesNotDependOnTheNumberOfThreads) {
  const Case c = make_case({16, 40, 16, 16}, at::kBFloat16, Activation::silu);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Results one = ours(c);
  for (const int several : {2, 3, 5}) {
    at::set_num_threads(several);
    const Results same = ours(c);
    EXPECT_TRUE(same.y.equal(one.y));
    EXPECT_TRUE(same.of_x.equal(one.of_x));
    EXPECT_TRUE(same.of_weight.equal(one.of_weight));
    EXPECT_TRUE(same.of_bias.equal(one.of_bias));
    EXPECT_TRUE(same.running_var.equal(one.running_var));
  }
  at::set_num_threads(threads);
}

TEST(NormActivation, ActivatesAsLibtorchDoesFromEndToEnd) {
  const at::Tensor near = at::linspace(-12, 12, 4096), far = at::linspace(-1e4, 1e4, 4096);
  for (const auto activation : {Activation::relu, Activation::gelu, Activation::silu})
    for (const at::Tensor& values : {near, far}) {
      const Case c = plain_case(values.view({16, 16, 4, 4}).contiguous(last), activation);
      const Results is = ours(c), should_be = expected(c);
      EXPECT_TRUE(at::allclose(is.y.to(at::kDouble), should_be.y, 1e-6, 1e-6)) << static_cast<int>(activation);
      EXPECT_TRUE(at::allclose(is.of_x.to(at::kDouble), should_be.of_x, 1e-5, 2e-6)) << static_cast<int>(activation);
    }
}

TEST(NormActivation, DoesNotHideWhatIsNotANumber) {
  by_all_instructions([] {
    for (const auto activation : {Activation::none, Activation::relu, Activation::gelu, Activation::silu})
      for (const auto type : {at::kFloat, at::kBFloat16}) {
        Case c = make_case({1, 8, 4, 4}, type, activation, /*training=*/false);
        c.x[0][3][1][2] = std::numeric_limits<float>::quiet_NaN();
        const Results is = ours(c);
        EXPECT_TRUE(is.y[0][3][1][2].isnan().item<bool>());
        EXPECT_EQ(is.y.isnan().sum().item<std::int64_t>(), 1);
        if (activation == Activation::gelu || activation == Activation::silu) {
          EXPECT_TRUE(is.of_x[0][3][1][2].isnan().item<bool>());
          EXPECT_EQ(is.of_x.isnan().sum().item<std::int64_t>(), 1);
        }
      }
  });
}

// Coarser formulas for bf16 must stay well below its own rounding, half a unit in the last of 8 places.
TEST(NormActivation, ActivatesBf16AsExactlyAsItsHeaderSays) {
  struct Bound {
    Activation activation;
    double share, value, derivative;  // of what is right; and beside that, absolute
  };
  by_all_instructions([] {
    const at::Tensor near = at::linspace(-12, 12, 1 << 16), far = at::linspace(-1e4, 1e4, 1 << 16);
    for (const Bound& bound : {Bound{Activation::none, 0, 0, 0}, Bound{Activation::relu, 0, 0, 0},
                               Bound{Activation::gelu, 0, 2e-5, 8e-5}, Bound{Activation::silu, 5e-4, 1e-8, 1e-8}})
      for (const at::Tensor& values : {near, far}) {
        const Case c = plain_case(values.to(at::kBFloat16).view({64, 64, 4, 4}).contiguous(last), bound.activation);
        const Results is = ours(c), should_be = expected(c);
        const auto excess = [&](const at::Tensor& a, const at::Tensor& b, double absolute) {
          // What rounding may add to a value that is as far off as the formula may be.
          const at::Tensor off = b.abs() * (1 + bound.share) + absolute;
          const at::Tensor half_unit = at::exp2(std::get<1>(at::frexp(off)).to(at::kDouble) - 9) * (off > 0);
          const at::Tensor allowed = half_unit + b.abs() * bound.share + absolute;
          return ((a.to(at::kDouble) - b).abs() - allowed).max().item<double>();
        };
        EXPECT_LE(excess(is.y, should_be.y, bound.value), 0) << static_cast<int>(bound.activation);
        // Of SiLU's derivative, which is the sum of two, the share is one of 1.
        EXPECT_LE(excess(is.of_x, should_be.of_x, bound.derivative + bound.share), 0)
            << static_cast<int>(bound.activation);
      }
  });
}

// Rows whose channels fill no whole vector are written beyond their end, and what follows them anew.
TEST(NormActivation, LeavesNothingOfARowInTheNextOne) {
  by_all_instructions([] {
    for (const std::int64_t channels : {1, 3, 7, 8, 15, 16, 17, 24, 31, 33, 63, 65, 72, 79, 130})
      for (const auto type : {at::kFloat, at::kBFloat16})
        for (const auto activation : {Activation::gelu, Activation::silu}) {
          Case c = make_case({3, channels, 5, 31}, type, activation, /*training=*/activation == Activation::silu);
          if (activation == Activation::gelu) c.residual = at::Tensor();
          const Results is = ours(c), should_be = expected(c);
          const double tolerance = type == at::kFloat ? 1e-4 : 1.0 / 256 + 6e-4;
          const Summed scale = before_cancelling_in_sums(c);
          EXPECT_LT(difference(is.y, should_be.y), tolerance) << channels;
          EXPECT_LT(difference(is.of_x, should_be.of_x, before_cancelling(c)), tolerance) << channels;
          EXPECT_LT(difference(is.of_weight, should_be.of_weight, scale.weight), 1e-3) << channels;
          EXPECT_LT(difference(is.of_bias, should_be.of_bias, scale.bias), 1e-3) << channels;
          EXPECT_LT(difference(is.running_var, should_be.running_var), 1e-5) << channels;
        }
  });
}

TEST(NormActivation, TouchesNothingBehindItsRows) {
  at::manual_seed(19);
  by_all_instructions([] {
    for (const std::int64_t channels : {1, 3, 7, 16, 24, 65})
      for (const std::int64_t count : {1, 2, 3, 5})
        for (const auto type : {at::kFloat, at::kBFloat16}) {
          const Rows rows{type == at::kFloat ? Element::fp32 : Element::bf16, count, channels};
          const auto map = [&] { return at_a_page_end(at::randn({count, channels}).to(type)); };
          const auto numbers = [&] { return at_a_page_end(at::randn({channels})); };
          const at::Tensor x = map(), dy = map(), residual = map(), y = map(), scale = numbers(), shift = numbers(),
                           mean = numbers(), first = numbers(), second = numbers();
          const auto of = [](const at::Tensor& t) { return t.mutable_data_ptr(); };
          const auto floats = [](const at::Tensor& t) { return t.mutable_data_ptr<float>(); };
          const Affine affine{floats(scale), floats(shift)};
          const at::Tensor values = x.to(at::kDouble), gradients = dy.to(at::kDouble);
          const double tolerance = type == at::kFloat ? 1e-5 : 1.0 / 256;
          const auto expect_sum = [](const at::Tensor& is, const at::Tensor& parts) {
            EXPECT_LT(difference(is, parts.sum(0), std::max(0.001, parts.abs().sum(0).max().item<double>())), 1e-5);
          };
          row_statistics(rows, of(x), floats(first), floats(second));
          EXPECT_LT(difference(first, values.mean(0)), 1e-5);
          EXPECT_LT(difference(second, values.var(0, /*unbiased=*/false) * static_cast<double>(count)), 1e-5);
          row_activation(rows, of(x), affine, Activation::relu, {of(residual)}, of(y));
          EXPECT_LT(difference(y, (values * scale + shift).relu() + residual), tolerance);
          row_activation(rows, of(x), affine, Activation::relu, {.rows = of(residual), .first = true}, of(y));
          EXPECT_LT(difference(y, (values * scale + shift + residual).relu()), tolerance);
          row_gradient_sums(rows, of(x), of(dy), affine, Activation::none, floats(mean), floats(first), floats(second));
          expect_sum(first, gradients);
          expect_sum(second, (gradients * (values - mean)));
          const at::Tensor g = map(), through = gradients * (values * scale + shift + residual > 0);
          row_residual_gradient(rows, of(x), of(residual), of(dy), affine, Activation::relu, floats(mean),
                                floats(first), floats(second), of(g));
          EXPECT_TRUE(g.equal(through.to(type)));
          expect_sum(first, through);
          expect_sum(second, (through * (values - mean)));
          row_gradient(rows, of(x), of(dy), affine, Activation::none, {floats(mean), floats(scale), floats(shift)},
                       of(y));
          EXPECT_LT(difference(y, gradients * scale + (values - mean) * scale + shift), tolerance);
        }
  });
}

TEST(NormActivation, TakesGradientsAndResidualsInAnyMemoryOrder) {
  Case c = make_case({3, 24, 6, 5}, at::kFloat, Activation::gelu);
  const Results reference = ours(c);
  c.dy = c.dy.contiguous();
  c.residual = c.residual.contiguous();
  const Results same = ours(c);
  EXPECT_TRUE(same.y.equal(reference.y));
  EXPECT_TRUE(same.of_x.equal(reference.of_x));
  EXPECT_TRUE(same.of_weight.equal(reference.of_weight));
}

TEST(NormActivation, GoesBackByTheStatisticsThatItWentForwardBy) {
  const Case c = make_case({4, 16, 6, 6}, at::kFloat, Activation::none, /*training=*/false);
  const Results reference = ours(c);
  const Results moved =
      run(c, at::kFloat, at::kFloat, [](const at::Tensor& x, const NormActivation& n, const at::Tensor& r) {
        at::Tensor y = norm_activation(x, n, r);
        n.running_mean.add_(7);  // as a step of training in between would
        return y;
      });
  EXPECT_TRUE(moved.of_x.equal(reference.of_x));
  EXPECT_TRUE(moved.of_weight.equal(reference.of_weight));
}

TEST(NormActivation, ComputesOnlyTheGradientsThatAreWanted) {
  const Case c = make_case({4, 16, 6, 6}, at::kFloat, Activation::relu);
  const at::Tensor x = c.x.clone().requires_grad_();
  norm_activation(x, c.norm).backward(c.dy);
  EXPECT_FALSE(c.norm.weight.grad().defined());
  EXPECT_LT(difference(x.grad(), expected(c).of_x, before_cancelling(c)), 1e-4);
  const at::Tensor residual = c.residual.clone().requires_grad_();
  norm_activation(c.x, c.norm, residual).backward(c.dy);
  EXPECT_TRUE(residual.grad().equal(c.dy));
}

TEST(NormActivation, IsDifferentiableOnceAndSaysSo) {
  const Case c = make_case({4, 16, 6, 6}, at::kFloat, Activation::relu);
  const at::Tensor x = c.x.clone().requires_grad_();
  const at::Tensor y = norm_activation(x, c.norm);
  EXPECT_ANY_THROW(torch::autograd::grad({y.sum()}, {x}, {}, /*retain_graph=*/true, /*create_graph=*/true));
}

TEST(NormActivation, TakesNeitherOtherTypesNorOtherOrders) {
  EXPECT_TRUE(norm_activation_applies(at::zeros({1, 3, 4, 4}).contiguous(last)));
  EXPECT_FALSE(norm_activation_applies(at::zeros({1, 3, 4, 4}, at::kDouble).contiguous(last)));
  EXPECT_FALSE(norm_activation_applies(at::zeros({2, 3, 4, 4})));
  EXPECT_FALSE(norm_activation_applies(at::zeros({2, 3})));
  EXPECT_FALSE(norm_activation_applies(at::zeros({0, 3, 4, 4}).contiguous(last)));
}

}  // namespace
}  // namespace reslab::nn::kernels
