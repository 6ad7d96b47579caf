#include "reslab/nn/kernels/winograd.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>

#include "reslab/nn/kernels/winograd_bf16.h"

namespace reslab::nn::kernels {
namespace {

constexpr auto last = at::MemoryFormat::ChannelsLast;

struct Case {
  at::Tensor input, weight, gradient;
};

Case make_case(std::int64_t images, std::int64_t in, std::int64_t out, std::int64_t height, std::int64_t width) {
  at::manual_seed(images + 7 * in + 11 * out + 13 * height + 17 * width);
  return {.input = at::randn({images, in, height, width}).contiguous(last),
          .weight = (at::randn({out, in, 3, 3}) * 0.1).contiguous(last),
          .gradient = at::randn({images, out, height, width}).contiguous(last)};
}

struct Results {
  at::Tensor output, of_input, of_weight;
};

// The direct sum, in double precision.
Results expected(const Case& c) {
  const at::Tensor x = c.input.to(at::kDouble).requires_grad_(), w = c.weight.to(at::kDouble).requires_grad_();
  const at::Tensor y = at::conv2d(x, w, {}, 1, 1);
  y.backward(c.gradient.to(at::kDouble));
  return {y.detach(), x.grad(), w.grad()};
}

Results through_autograd(const Case& c) {
  const at::Tensor x = c.input.detach().requires_grad_(), w = c.weight.detach().requires_grad_();
  const at::Tensor y = winograd_conv3x3(x, w);
  y.backward(c.gradient);
  return {y.detach(), x.grad(), w.grad()};
}

// The largest difference, as a share of the largest value.
double difference(const at::Tensor& ours, const at::Tensor& reference) {
  EXPECT_EQ(ours.sizes(), reference.sizes());
  EXPECT_TRUE(ours.is_contiguous(last));
  return (ours.to(at::kDouble) - reference).abs().max().item<double>() / reference.abs().max().item<double>();
}

class Winograd : public testing::Test {
 protected:
  void SetUp() override {
    if (!winograd_applies(at::zeros({1, 16, 4, 4}).contiguous(last), at::zeros({16, 16, 3, 3})))
      GTEST_SKIP() << "this processor has no vectors of 8 floats";
  }
};

TEST_F(Winograd, EqualsTheDirectSumUpToRounding) {
  EXPECT_TRUE(rc::check("the direct sum, but for rounding", [] {
    const auto eighths = [](int most) { return 8 * *rc::gen::inRange<std::int64_t>(2, most); };
    const Case c = make_case(*rc::gen::inRange<std::int64_t>(1, 6), eighths(9), eighths(9),
                             *rc::gen::inRange<std::int64_t>(3, 19), *rc::gen::inRange<std::int64_t>(3, 19));
    RC_ASSERT(winograd_applies(c.input, c.weight));
    const Results ours = through_autograd(c), reference = expected(c);
    RC_ASSERT(difference(ours.output, reference.output) < 2e-5);
    RC_ASSERT(difference(ours.of_input, reference.of_input) < 2e-5);
    RC_ASSERT(difference(ours.of_weight, reference.of_weight) < 3e-5);
  }));
}

TEST_F(Winograd, SumsOverManyBlocksOfTiles) {
  const Case c = make_case(40, 64, 128, 16, 16);  // 640 tiles
  const Results ours = through_autograd(c), reference = expected(c);
  EXPECT_LT(difference(ours.output, reference.output), 2e-5);
  EXPECT_LT(difference(ours.of_input, reference.of_input), 2e-5);
  EXPECT_LT(difference(ours.of_weight, reference.of_weight), 3e-5);
}

TEST_F(Winograd, DoesNotDependOnTheNumberOfThreads) {
  const Case c = make_case(9, 24, 40, 15, 15);
  const int threads = at::get_num_threads();
  const Results several = through_autograd(c);
  at::set_num_threads(1);
  const Results one = through_autograd(c);
  at::set_num_threads(threads);
  EXPECT_TRUE(several.output.equal(one.output));
  EXPECT_TRUE(several.of_input.equal(one.of_input));
  EXPECT_TRUE(several.of_weight.equal(one.of_weight));
}

TEST_F(Winograd, TakesGradientsInAnyMemoryOrder) {
  Case c = make_case(3, 16, 24, 8, 8);
  const Results reference = expected(c);
  c.gradient = c.gradient.contiguous();
  EXPECT_LT(difference(through_autograd(c).of_weight, reference.of_weight), 3e-5);
}

TEST_F(Winograd, ComputesOnlyTheGradientsThatAreWanted) {
  const Case c = make_case(2, 16, 16, 8, 8);
  const at::Tensor w = c.weight.detach().requires_grad_();
  const at::Tensor y = winograd_conv3x3(c.input, w);
  y.backward(c.gradient);
  EXPECT_FALSE(c.input.grad().defined());
  EXPECT_LT(difference(w.grad(), expected(c).of_weight), 3e-5);
}

TEST_F(Winograd, LeavesOtherConvolutionsAlone) {
  const at::Tensor x = at::zeros({1, 16, 8, 8}).contiguous(last), w = at::zeros({16, 16, 3, 3});
  EXPECT_TRUE(winograd_applies(x, w));
  EXPECT_FALSE(winograd_applies(at::zeros({1, 3, 8, 8}).contiguous(last), at::zeros({16, 3, 3, 3})));
  EXPECT_FALSE(winograd_applies(at::zeros({1, 20, 8, 8}).contiguous(last), at::zeros({16, 20, 3, 3})));
  EXPECT_FALSE(winograd_applies(x, at::zeros({16, 16, 1, 1})));
  EXPECT_FALSE(winograd_applies(x.to(at::kBFloat16), w.to(at::kBFloat16))) << "weights are fp32";
  EXPECT_FALSE(winograd_applies(x.to(at::kDouble), w.to(at::kDouble)));
  EXPECT_FALSE(winograd_applies(at::zeros({2, 16, 8, 8}), w)) << "not channels-last";
  EXPECT_FALSE(winograd_applies(x, at::zeros({16, 24, 3, 3}))) << "other channels";
  EXPECT_FALSE(winograd_applies(at::zeros({0, 16, 8, 8}).contiguous(last), w)) << "no images";
}

// bf16 activations: the direct sum of the same rounded inputs is the reference, in double precision. Differences are
// norms, since single elements differ by what their sums cancel: seen up to 0.013 for standard normal values.
class WinogradBf16 : public testing::Test {
 protected:
  static constexpr double tolerance = 0.02;

  void SetUp() override {
    if (!winograd_applies(at::zeros({1, 16, 4, 4}, at::kBFloat16).contiguous(last), at::zeros({16, 16, 3, 3})))
      GTEST_SKIP() << "this processor has no AVX-512 bf16 dot products";
  }

  static Case make_case(std::int64_t images, std::int64_t in, std::int64_t out, std::int64_t height,
                        std::int64_t width) {
    Case c = kernels::make_case(images, in, out, height, width);
    c.input = c.input.to(at::kBFloat16);
    c.gradient = c.gradient.to(at::kBFloat16);
    return c;
  }

  // The norm of the difference, as a share of the reference's.
  static double difference(const at::Tensor& ours, const at::Tensor& reference) {
    EXPECT_EQ(ours.sizes(), reference.sizes());
    EXPECT_TRUE(ours.is_contiguous(last));
    return ((ours.to(at::kDouble) - reference).norm() / reference.norm()).item<double>();
  }
};

TEST_F(WinogradBf16, EqualsTheDirectSumUpToRounding) {
  EXPECT_TRUE(rc::check("the direct sum, but for rounding", [] {
    const auto eighths = [](int most) { return 8 * *rc::gen::inRange<std::int64_t>(2, most); };
    const Case c = make_case(*rc::gen::inRange<std::int64_t>(1, 6), eighths(9), eighths(9),
                             *rc::gen::inRange<std::int64_t>(2, 19), *rc::gen::inRange<std::int64_t>(2, 19));
    const Results ours = through_autograd(c), reference = expected(c);
    RC_ASSERT(ours.output.scalar_type() == at::kBFloat16);
    RC_ASSERT(ours.of_input.scalar_type() == at::kBFloat16);
    RC_ASSERT(ours.of_weight.scalar_type() == at::kFloat);
    RC_ASSERT(difference(ours.output, reference.output) < tolerance);
    RC_ASSERT(difference(ours.of_input, reference.of_input) < tolerance);
    RC_ASSERT(difference(ours.of_weight, reference.of_weight) < tolerance);
  }));
}

// With values and weights that its tiles can hold without rounding nothing may differ at all: one pixel, one weight.
TEST_F(WinogradBf16, PutsEachPixelWhereItBelongs) {
  for (const std::int64_t side : {2, 3, 5, 6, 7, 16})
    for (const std::int64_t tap : {0, 4, 5, 8}) {
      Case c = make_case(1, 16, 16, side, side);
      c.input.zero_();
      c.weight.zero_();
      const std::int64_t row = side / 2, column = side - 2;
      c.input[0][3][row][column] = 1;
      c.weight[11][3][tap / 3][tap % 3] = 1;
      const at::Tensor reference = expected(c).output.contiguous();
      const at::Tensor ours = winograd_conv3x3(c.input, c.weight).to(at::kDouble).contiguous();
      if (reference.max().item<double>() > 0) {
        EXPECT_EQ(reference.argmax().item<std::int64_t>(), ours.argmax().item<std::int64_t>());
      }
      // In the smallest map the weight at a corner looks past the pixel, and nothing may come of it.
      EXPECT_NEAR(ours.max().item<double>(), reference.max().item<double>(), 0.02);
      EXPECT_LT((ours - reference).abs().max().item<double>(), 0.02) << side << " " << tap;
    }
}

TEST_F(WinogradBf16, SumsOverManyBlocksOfTiles) {
  for (const Case& c : {make_case(40, 64, 128, 16, 16), make_case(301, 64, 96, 6, 6), make_case(99, 24, 40, 15, 7)}) {
    const Results ours = through_autograd(c), reference = expected(c);
    EXPECT_LT(difference(ours.output, reference.output), tolerance);
    EXPECT_LT(difference(ours.of_input, reference.of_input), tolerance);
    EXPECT_LT(difference(ours.of_weight, reference.of_weight), tolerance);
  }
}

TEST_F(WinogradBf16, DoesNotDependOnTheNumberOfThreads) {
  const Case c = make_case(9, 24, 40, 15, 15);
  const int threads = at::get_num_threads();
  const Results several = through_autograd(c);
  at::set_num_threads(1);
  const Results one = through_autograd(c);
  at::set_num_threads(threads);
  EXPECT_TRUE(several.output.equal(one.output));
  EXPECT_TRUE(several.of_input.equal(one.of_input));
  EXPECT_TRUE(several.of_weight.equal(one.of_weight));
}

TEST_F(WinogradBf16, DoesNotDependOnTheOtherImages) {
  const Case c = make_case(80, 24, 40, 7, 7);
  const at::Tensor all = winograd_conv3x3(c.input, c.weight);
  const at::Tensor one = winograd_conv3x3(c.input.slice(0, 7, 8).contiguous(last), c.weight);
  EXPECT_TRUE(all.slice(0, 7, 8).equal(one));
}

TEST_F(WinogradBf16, OfEqualValuesTheFirstCounts) {
  const Case c = make_case(2, 16, 16, 8, 8);
  EXPECT_EQ(bf16::pooled_output(c.input, at::zeros_like(c.weight)).slots.max().item<int>(), 0);
}

TEST_F(WinogradBf16, TakesGradientsInAnyMemoryOrder) {
  Case c = make_case(3, 16, 24, 8, 8);
  const Results reference = expected(c);
  c.gradient = c.gradient.contiguous();
  EXPECT_LT(difference(through_autograd(c).of_weight, reference.of_weight), tolerance);
}

// Maps of many images are cut into tiles of several shapes: each side of 4 pixels, and one of 3 or 2 at the end.
TEST_F(WinogradBf16, CutsMapsThatAreNoMultipleOfItsTile) {
  EXPECT_TRUE(rc::check("the direct sum, but for rounding", [] {
    const Case c = make_case(*rc::gen::inRange<std::int64_t>(60, 90), 16, 8 * *rc::gen::inRange<std::int64_t>(2, 6),
                             *rc::gen::inRange<std::int64_t>(3, 12), *rc::gen::inRange<std::int64_t>(3, 12));
    const Results ours = through_autograd(c), reference = expected(c);
    RC_ASSERT(difference(ours.output, reference.output) < tolerance);
    RC_ASSERT(difference(ours.of_input, reference.of_input) < tolerance);
    RC_ASSERT(difference(ours.of_weight, reference.of_weight) < tolerance);
  }));
}

// The gradient of a pooled map, laid out over the map before the pooling.
at::Tensor spread(const at::Tensor& gradient, const at::Tensor& slots, std::int64_t height, std::int64_t width) {
  at::Tensor whole = at::zeros({gradient.size(0), gradient.size(1), height, width}, gradient.options());
  for (std::int64_t slot = 0; slot < 4; ++slot) {
    const at::Tensor part =
        whole.slice(2, slot / 2, 2 * gradient.size(2), 2).slice(3, slot % 2, 2 * gradient.size(3), 2);
    part.copy_(gradient * slots.eq(slot));
  }
  return whole.contiguous(last);
}

struct PooledShape {
  std::int64_t images, height, width;
};
constexpr PooledShape pooled_shapes[] = {{3, 16, 16}, {3, 8, 16}, {3, 15, 15},  {3, 7, 8},   {3, 31, 31},
                                         {3, 4, 5},   {70, 7, 7}, {70, 15, 15}, {70, 5, 10}, {70, 3, 14},
                                         {70, 6, 13}, {70, 5, 5}, {70, 2, 2}};

// Channels of the input's gradient beyond those whose sums are made together, and blocks of many images.
constexpr PooledShape large_shapes[] = {{40, 15, 13}, {40, 13, 16}, {60, 31, 31}};

TEST_F(WinogradBf16, PoolsLikeMaxPoolingOfItsOutput) {
  for (const auto& [images, height, width] : pooled_shapes) {
    const Case c = make_case(images, 24, 40, height, width);
    const auto [whole, slots] = bf16::pooled_output(c.input, c.weight);
    const at::Tensor y = winograd_conv3x3(c.input, c.weight), reference = at::max_pool2d(y, 2);
    EXPECT_EQ(whole.sizes(), reference.sizes());
    EXPECT_LT(difference(whole, reference.to(at::kDouble)), tolerance);
    // Multiples of 4 are cut into the same tiles with and without the pooling, and nothing may differ: neither the
    // values nor where they are found.
    if (height % 4 == 0 && width % 4 == 0) {
      EXPECT_TRUE(whole.equal(reference));
      const at::Tensor windows = y.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4);
      EXPECT_TRUE(windows.gather(4, slots.to(at::kLong).unsqueeze(4)).squeeze(4).equal(reference));
      EXPECT_GT(slots.eq(3).sum().item<std::int64_t>(), 0);
    }
  }
}

TEST_F(WinogradBf16, GoesBackThroughThePoolingToWhereTheValueWas) {
  const auto expect_gradients = [](const Case& c) {
    const auto [values, slots] = bf16::pooled_output(c.input, c.weight);
    EXPECT_LE(slots.max().item<int>(), 3);
    const at::Tensor of_pooled = at::randn(values.sizes()).to(at::kBFloat16).contiguous(last);
    const at::Tensor x = c.input.detach().requires_grad_(), w = c.weight.detach().requires_grad_();
    winograd_conv3x3_pool2(x, w).backward(of_pooled);
    Case spread_out = c;
    spread_out.gradient = spread(of_pooled, slots, c.input.size(2), c.input.size(3));
    const Results reference = expected(spread_out);
    EXPECT_LT(difference(x.grad(), reference.of_input), tolerance) << c.input.sizes();
    EXPECT_LT(difference(w.grad(), reference.of_weight), tolerance) << c.input.sizes();
  };
  for (const auto& [images, height, width] : pooled_shapes) expect_gradients(make_case(images, 24, 40, height, width));
  for (const auto& [images, height, width] : large_shapes) expect_gradients(make_case(images, 136, 72, height, width));
}

// Tiles of an image add to each other's pixels: never those of two threads, and always in the same order.
TEST_F(WinogradBf16, AddsTheTilesOfAnImageInOneOrder) {
  for (const std::int64_t side : {11, 15, 23}) {
    const Case c = make_case(200, 24, 40, side, side);
    const bf16::Pooled y = bf16::pooled_output(c.input, c.weight);
    const bf16::Pooled dy{.values = at::randn(y.values.sizes()).to(at::kBFloat16).contiguous(last), .slots = y.slots};
    const int threads = at::get_num_threads();
    at::set_num_threads(4);
    const at::Tensor several = bf16::input_gradient(dy, c.input.sizes(), c.weight);
    at::set_num_threads(1);
    const at::Tensor one = bf16::input_gradient(dy, c.input.sizes(), c.weight);
    at::set_num_threads(threads);
    EXPECT_TRUE(several.equal(one));
    const bf16::Pooled alone{.values = dy.values.slice(0, 117, 118).contiguous(last),
                             .slots = dy.slots.slice(0, 117, 118).contiguous(last)};
    EXPECT_TRUE(several.slice(0, 117, 118).equal(bf16::input_gradient(alone, {1, 24, side, side}, c.weight)));
  }
}

TEST_F(WinogradBf16, PoolingDoesNotHideWhatIsNotANumber) {
  const Case c = make_case(1, 16, 16, 8, 8);
  c.input[0][2][5][5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(bf16::pooled_output(c.input, c.weight).values.isnan().any().item<bool>());
}

TEST_F(Winograd, PoolsInFp32) {
  const Case c = make_case(2, 16, 24, 9, 8);
  EXPECT_TRUE(winograd_conv3x3_pool2(c.input, c.weight).equal(at::max_pool2d(winograd_conv3x3(c.input, c.weight), 2)));
}

}  // namespace
}  // namespace reslab::nn::kernels
