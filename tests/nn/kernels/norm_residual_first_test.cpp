// A residual that is added before the activation, as networks of depth 3 have it: what norm_activation_test.cpp asks of
// one that is added after it.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <limits>

#include "nn/by_all_instructions.h"
#include "nn/norm_activation_support.h"
#include "reslab/nn/kernels/norm_activation.h"

namespace reslab::nn::kernels {
namespace {

using namespace test;

Case first_case(const Shape& shape, at::ScalarType type, Activation activation, bool training = true) {
  Case c = make_case(shape, type, activation, training);
  c.norm.residual_first = true;
  return c;
}

Results ours(const Case& c) {
  return run(
      c, c.x.scalar_type(), at::kFloat,
      [](const at::Tensor& x, const NormActivation& norm, const at::Tensor& r) { return norm_activation(x, norm, r); });
}

void expect_same_bits(const Results& is, const Results& should_be) {
  EXPECT_TRUE(is.y.equal(should_be.y));
  EXPECT_TRUE(is.of_x.equal(should_be.of_x));
  EXPECT_TRUE(is.of_residual.equal(should_be.of_residual));
  EXPECT_TRUE(is.of_weight.equal(should_be.of_weight));
  EXPECT_TRUE(is.of_bias.equal(should_be.of_bias));
  EXPECT_TRUE(is.running_mean.equal(should_be.running_mean));
  EXPECT_TRUE(is.running_var.equal(should_be.running_var));
}

TEST(ResidualFirst, DoesNotDependOnTheNumberOfThreads) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const Case c = first_case({16, 40, 16, 16}, type, Activation::silu);
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const Results one = ours(c);
    for (const int several : {2, 3, 5}) {
      at::set_num_threads(several);
      expect_same_bits(ours(c), one);
    }
    at::set_num_threads(threads);
  }
}

// Neither what the map nor what the residual holds, and nothing beside it.
TEST(ResidualFirst, DoesNotHideWhatIsNotANumber) {
  by_all_instructions([] {
    for (const auto activation : {Activation::none, Activation::relu, Activation::gelu, Activation::silu})
      for (const auto type : {at::kFloat, at::kBFloat16})
        for (const bool in_residual : {false, true}) {
          Case c = first_case({1, 8, 4, 4}, type, activation, /*training=*/false);
          (in_residual ? c.residual : c.x)[0][3][1][2] = std::numeric_limits<float>::quiet_NaN();
          const Results is = ours(c);
          EXPECT_TRUE(is.y[0][3][1][2].isnan().item<bool>());
          EXPECT_EQ(is.y.isnan().sum().item<std::int64_t>(), 1);
          if (activation != Activation::gelu && activation != Activation::silu) continue;
          for (const at::Tensor& gradient : {is.of_x, is.of_residual}) {
            EXPECT_TRUE(gradient[0][3][1][2].isnan().item<bool>());
            EXPECT_EQ(gradient.isnan().sum().item<std::int64_t>(), 1);
          }
        }
  });
}

TEST(ResidualFirst, ANumberOfTheGradientThatIsNoneStaysWhereItIs) {
  by_all_instructions([] {
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      Case c = first_case({1, 8, 4, 4}, type, Activation::silu, /*training=*/false);
      c.dy[0][5][2][1] = std::numeric_limits<float>::quiet_NaN();
      const Results is = ours(c);
      EXPECT_TRUE(is.of_residual[0][5][2][1].isnan().item<bool>());
      EXPECT_EQ(is.of_residual.isnan().sum().item<std::int64_t>(), 1);
      EXPECT_EQ(is.of_x.isnan().sum().item<std::int64_t>(), 1);
      EXPECT_EQ(is.of_bias.isnan().sum().item<std::int64_t>(), 1) << "its channel's sum";
      EXPECT_TRUE(is.of_bias[5].isnan().item<bool>());
    }
  });
}

TEST(ResidualFirst, TakesGradientsAndResidualsInAnyMemoryOrder) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    Case c = first_case({3, 24, 6, 5}, type, Activation::gelu);
    const Results reference = ours(c);
    c.dy = c.dy.contiguous();
    c.residual = c.residual.contiguous();
    expect_same_bits(ours(c), reference);
    c.dy = c.dy.transpose(2, 3).contiguous().transpose(2, 3);
    c.residual = c.residual.transpose(0, 1).contiguous().transpose(0, 1);
    expect_same_bits(ours(c), reference);
    c.x = on_no_round_place(c.x);
    expect_same_bits(ours(c), reference);
  }
}

// Each by itself is what it is beside the others, and the others aren't made.
TEST(ResidualFirst, ComputesOnlyTheGradientsThatAreWanted) {
  for (const auto type : {at::kFloat, at::kBFloat16})
    for (const bool training : {true, false}) {
      const Case c = first_case({4, 16, 6, 6}, type, Activation::gelu, training);
      const Results all = ours(c);
      const at::Tensor expected[] = {all.of_x, all.of_residual, all.of_weight, all.of_bias};
      for (std::size_t wanted = 0; wanted < 4; ++wanted) {
        NormActivation norm = c.norm;
        norm.running_mean = c.norm.running_mean.clone(), norm.running_var = c.norm.running_var.clone();
        at::Tensor x = c.x.clone(), residual = c.residual.clone();
        norm.weight = norm.weight.clone(), norm.bias = norm.bias.clone();
        at::Tensor* const leaves[] = {&x, &residual, &norm.weight, &norm.bias};
        leaves[wanted]->requires_grad_();
        norm_activation(x, norm, residual).backward(c.dy);
        for (std::size_t i = 0; i < 4; ++i) {
          EXPECT_EQ(leaves[i]->grad().defined(), i == wanted) << wanted << i;
          if (i == wanted) {
            EXPECT_TRUE(leaves[i]->grad().equal(expected[i])) << wanted;
          }
        }
      }
    }
}

}  // namespace
}  // namespace reslab::nn::kernels
