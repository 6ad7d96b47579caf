#include "reslab/nn/kernels/patch_conv.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <torch/autograd.h>

#include <limits>
#include <string_view>

#include "nn/by_all_instructions.h"
#include "nn/norm_activation_support.h"
#include "nn/page_end.h"
#include "reslab/nn/kernels/patch_rows.h"

namespace reslab::nn::kernels {
namespace {

using test::activate;
using test::by_all_instructions;
using test::difference;
constexpr auto last = at::MemoryFormat::ChannelsLast;

struct Case {
  at::Tensor x, weight, bias;
  Activation activation = Activation::none;
};

struct Sizes {
  std::int64_t images, in, height, width, out, side;
};

Case make_case(const Sizes& s, at::ScalarType type, Activation activation) {
  at::manual_seed(s.images + 3 * s.in + 5 * s.height + 7 * s.width + 11 * s.out + 13 * s.side);
  return {.x = at::randn({s.images, s.in, s.height, s.width}).contiguous(last).to(type),
          .weight = at::randn({s.out, s.in, s.side, s.side}).contiguous(last),
          .bias = at::randn({s.out}),
          .activation = activation};
}

struct Outcome {
  at::Tensor y, of_bias;
};

at::Tensor gradient_for(const at::Tensor& y) {
  at::manual_seed(17);
  return at::randn(y.sizes()).contiguous(last).to(y.scalar_type());
}

Outcome ours(const Case& c) {
  const at::Tensor bias = c.bias.clone().requires_grad_();
  const at::Tensor y = patch_conv(c.x, c.weight, bias, c.activation);
  return {y.detach(), torch::autograd::grad({y}, {bias}, {gradient_for(y)})[0]};
}

// libtorch's operators one after the other, in double precision.
Outcome expected(const Case& c) {
  const at::Tensor bias = c.bias.to(at::kDouble).requires_grad_();
  const at::Tensor y = activate(at::conv2d(c.x.to(at::kDouble), c.weight.to(at::kDouble), bias), c.activation);
  const at::Tensor dy = gradient_for(y.to(c.x.scalar_type())).to(at::kDouble);
  return {y.detach(), torch::autograd::grad({y}, {bias}, {dy})[0]};
}

// What cancels in the bias's gradient.
double summed(const Outcome& outcome) {
  return 3 * static_cast<double>(outcome.y.numel()) / static_cast<double>(outcome.y.size(1));
}

TEST(PatchConv, EqualsItsParts) {
  EXPECT_TRUE(rc::check("libtorch's operators, but for one rounding", [] {
    const auto size = [](int least, int below) { return *rc::gen::inRange<std::int64_t>(least, below); };
    const std::int64_t side = size(1, 4);
    const Sizes sizes{size(1, 5), size(1, 6), size(3, 12), size(3, 12), 8 * size(1, 10), side};
    const auto type = *rc::gen::element(at::kFloat, at::kBFloat16);
    const auto activation = *rc::gen::element(Activation::none, Activation::relu, Activation::gelu, Activation::silu);
    const Case c = make_case(sizes, type, activation);
    RC_ASSERT(patch_conv_applies(c.x, c.weight));
    const Outcome is = ours(c), should_be = expected(c);
    RC_ASSERT(is.y.scalar_type() == type);
    RC_ASSERT(is.y.is_contiguous(last));
    // bf16: half a unit in the last of 8 places, of the largest value, and what SiLU's formula is off.
    RC_ASSERT(difference(is.y, should_be.y) < (type == at::kFloat ? 1e-5 : 1.0 / 256 + 6e-4));
    RC_ASSERT(difference(is.of_bias, should_be.of_bias, summed(should_be)) < (type == at::kFloat ? 1e-5 : 6e-4));
  }));
}

TEST(PatchConv, DoesSoByAllInstructions) {
  by_all_instructions([] {
    for (const std::int64_t out : {8, 16, 24, 40, 48, 64, 256})
      for (const auto type : {at::kFloat, at::kBFloat16}) {
        // An odd number of pixels: the last has no neighbour.
        const Case c = make_case({3, 3, 6, 8, out, 2}, type, Activation::gelu);
        const Outcome is = ours(c), should_be = expected(c);
        EXPECT_LT(difference(is.y, should_be.y), type == at::kFloat ? 1e-5 : 1.0 / 256 + 6e-4) << out;
        EXPECT_LT(difference(is.of_bias, should_be.of_bias, summed(should_be)), type == at::kFloat ? 1e-5 : 6e-4)
            << out;
      }
  });
}

// Pixels whose filters together fill whole vectors: one of 8 filters for vectors of 8 numbers, two for vectors of 16.
std::int64_t pixels_together(std::int64_t out) {
  const Patches patches{.height = 4, .width = 4, .in = 3, .side = 2, .out = out};
  return arranged_floats(patches) / (out * (1 + patches.values()));
}

void expect_its_parts(std::int64_t out, std::int64_t width) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const Case c = make_case({2, 3, 7, width, out, 2}, type, Activation::silu);
    const Outcome is = ours(c), should_be = expected(c);
    EXPECT_LT(difference(is.y, should_be.y), type == at::kFloat ? 1e-5 : 1.0 / 256 + 6e-4) << out << ' ' << width;
    EXPECT_LT(difference(is.of_bias, should_be.of_bias, summed(should_be)), type == at::kFloat ? 1e-5 : 6e-4);
  }
}

// Few groups of pixels, many, and as many as are taken together; pixels of an odd number and of an even one.
TEST(PatchConv, TakesOnePixelWhereItsFiltersFillVectors) {
  by_all_instructions([] {
    for (const std::int64_t out : {16, 32, 48, 256}) {
      EXPECT_EQ(pixels_together(out), 1) << out;
      for (const std::int64_t width : {2, 3, 4, 8, 9}) expect_its_parts(out, width);
    }
  });
  // The whitening layer's 24, by shorter vectors.
  by_all_instructions([] {
    if (std::string_view(row_instructions()) != hwy::TargetName(HWY_AVX3)) {
      EXPECT_EQ(pixels_together(24), 1) << row_instructions();
    }
  });
}

TEST(PatchConv, TakesTwoPixelsWhereTheirFiltersFillVectors) {
  bool taken = false;
  by_all_instructions([&] {
    if (std::string_view(row_instructions()) != hwy::TargetName(HWY_AVX3)) return;
    taken = true;
    for (const std::int64_t out : {8, 24, 40, 248}) {
      EXPECT_EQ(pixels_together(out), 2) << out;
      for (const std::int64_t width : {2, 3, 4, 8, 9}) expect_its_parts(out, width);
    }
  });
  if (!taken)
    GTEST_SKIP() << "NOT TESTED: two pixels are taken together by AVX-512 alone, which isn't here; the whitening layer "
                    "of a processor that has it runs by code that this run has not seen";
}

TEST(PatchConv, TouchesNothingBehindItsMaps) {
  at::manual_seed(19);
  by_all_instructions([] {
    for (const std::int64_t in : {1, 2, 3, 5})
      for (const auto type : {at::kFloat, at::kBFloat16}) {
        const Patches patches{.type = type == at::kFloat ? Element::fp32 : Element::bf16,
                              .height = 4,
                              .width = 6,
                              .in = in,
                              .side = 2,
                              .out = 24,
                              .activation = Activation::relu};
        const at::Tensor image = test::at_a_page_end(at::randn({4, 6, in}).to(type)),
                         filters = at::randn({24, 2, 2, in}), bias = at::randn({24}),
                         y = test::at_a_page_end(at::zeros({15, 24}).to(type)),
                         dy = test::at_a_page_end(at::randn({15, 24}).to(type)),
                         sums = test::at_a_page_end(at::zeros({24})),
                         arranged = test::at_a_page_end(at::zeros({arranged_floats(patches)})),
                         scratch = test::at_a_page_end(at::zeros({patch_scratch_floats(patches)}));
        const auto floats = [](const at::Tensor& t) { return t.mutable_data_ptr<float>(); };
        arrange_filters(patches, floats(filters), floats(bias), floats(arranged));
        patch_activation(patches, image.const_data_ptr(), floats(arranged), floats(scratch), y.mutable_data_ptr());
        patch_bias_gradient(patches, image.const_data_ptr(), dy.const_data_ptr(), floats(arranged), floats(scratch),
                            floats(sums));
        const at::Tensor map = image.to(at::kDouble).permute({2, 0, 1}).unsqueeze(0);
        const at::Tensor u =
            at::conv2d(map, filters.to(at::kDouble).permute({0, 3, 1, 2}), bias.to(at::kDouble))[0].flatten(1).t();
        EXPECT_LT(difference(y, u.relu()), type == at::kFloat ? 1e-5 : 1.0 / 256);
        EXPECT_LT(difference(sums, (dy.to(at::kDouble) * (u > 0)).sum(0)), 1e-5);
      }
  });
}

TEST(PatchConv, DependsNeitherOnThreadsNorOnOtherImages) {
  const Case c = make_case({9, 3, 32, 32, 24, 2}, at::kBFloat16, Activation::silu);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Outcome one = ours(c);
  for (const int several : {2, 3, 5}) {
    at::set_num_threads(several);
    const Outcome same = ours(c);
    EXPECT_TRUE(same.y.equal(one.y));
    EXPECT_TRUE(same.of_bias.equal(one.of_bias));
  }
  at::set_num_threads(threads);
  Case alone = c;
  alone.x = c.x.slice(0, 4, 5);
  EXPECT_TRUE(ours(alone).y.equal(one.y.slice(0, 4, 5)));
}

TEST(PatchConv, DoesNotHideWhatIsNotANumber) {
  by_all_instructions([] {
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      Case c = make_case({1, 3, 6, 6, 24, 2}, type, Activation::gelu);
      c.x[0][1][2][3] = std::numeric_limits<float>::quiet_NaN();
      const at::Tensor y = ours(c).y;
      EXPECT_EQ(y.isnan().sum().item<std::int64_t>(), 4 * 24);  // of the patches that it is in
    }
  });
}

TEST(PatchConv, TakesABiasesGradientInAnyMemoryOrder) {
  const Case c = make_case({2, 3, 6, 6, 24, 2}, at::kFloat, Activation::gelu);
  const at::Tensor bias = c.bias.clone().requires_grad_(), y = patch_conv(c.x, c.weight, bias, c.activation);
  const at::Tensor of_bias = torch::autograd::grad({y}, {bias}, {gradient_for(y).contiguous()})[0];
  EXPECT_TRUE(of_bias.equal(ours(c).of_bias));
}

TEST(PatchConv, LeavesOtherConvolutionsToLibtorch) {
  const auto takes = [](const at::Tensor& x, const at::Tensor& weight) { return patch_conv_applies(x, weight); };
  const at::Tensor x = at::zeros({2, 3, 8, 8}).contiguous(last), weight = at::zeros({24, 3, 2, 2});
  EXPECT_TRUE(takes(x, weight));
  EXPECT_FALSE(takes(at::zeros({2, 3, 8, 8}), weight));
  EXPECT_FALSE(takes(x.to(at::kDouble), weight));
  EXPECT_FALSE(takes(x.slice(0, 0, 0), weight));
  EXPECT_FALSE(takes(x, at::zeros({12, 3, 2, 2})));
  EXPECT_FALSE(takes(x, at::zeros({264, 3, 2, 2})));
  EXPECT_FALSE(takes(x, at::zeros({24, 3, 2, 3})));
  EXPECT_FALSE(takes(x, at::zeros({24, 3, 5, 5})));
  EXPECT_FALSE(takes(at::zeros({2, 3, 1, 8}).contiguous(last), weight));
  // Whose gradients it doesn't have.
  EXPECT_FALSE(takes(x.clone().requires_grad_(), weight));
  EXPECT_FALSE(takes(x, weight.clone().requires_grad_()));
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(takes(x, weight.clone().requires_grad_()));
}

TEST(PatchConv, IsDifferentiableOnceAndSaysSo) {
  const Case c = make_case({1, 3, 6, 6, 24, 2}, at::kFloat, Activation::gelu);
  const at::Tensor bias = c.bias.clone().requires_grad_(), y = patch_conv(c.x, c.weight, bias, c.activation);
  EXPECT_ANY_THROW(torch::autograd::grad({y.sum()}, {bias}, {}, /*retain_graph=*/true, /*create_graph=*/true));
}

}  // namespace
}  // namespace reslab::nn::kernels
