#include "reslab/augment/mix.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "augment/support.h"
#include "reslab/core/error.h"

namespace reslab::augment {
namespace {

using namespace test;

constexpr MixOptions mixup{.mixup_alpha = 0.4, .cutmix_alpha = 0}, cutmix{.mixup_alpha = 0, .cutmix_alpha = 1};

bool same_mixing(const Mixing& a, const Mixing& b) {
  return a.partners == b.partners && a.weight == b.weight && a.window == b.window;
}

BatchKey any_batch() {
  return {.seed = *rc::gen::arbitrary<std::uint64_t>(),
          .epoch = *rc::gen::arbitrary<std::uint32_t>(),
          .batch = *rc::gen::arbitrary<std::uint32_t>()};
}

RC_GTEST_PROP(Mixer, draws_a_function_of_the_key, ()) {
  const BatchShape shape{.samples = *rc::gen::inRange(1, 40),
                         .size = {*rc::gen::inRange(1, 40), *rc::gen::inRange(1, 40)}};
  const BatchKey key = any_batch();
  for (const MixOptions& options : {mixup, cutmix}) {
    const Mixing mixing = Mixer(options).draw(shape, key);
    RC_ASSERT(same_mixing(mixing, Mixer(options).draw(shape, key)));
    RC_ASSERT(mixing.weight >= 0);
    RC_ASSERT(mixing.weight <= 1);
    std::vector<std::int64_t> sorted = mixing.partners, all(static_cast<std::size_t>(shape.samples));
    std::ranges::sort(sorted);
    std::iota(all.begin(), all.end(), std::int64_t{0});
    RC_ASSERT(sorted == all);
    RC_ASSERT(mixing.window.has_value() == (options.cutmix_alpha > 0));
    if (!mixing.window) continue;
    const auto [top, left, size] = *mixing.window;
    RC_ASSERT(top >= 0);
    RC_ASSERT(left >= 0);
    RC_ASSERT(size.height >= 0);
    RC_ASSERT(size.width >= 0);
    RC_ASSERT(top + size.height <= shape.size.height);
    RC_ASSERT(left + size.width <= shape.size.width);
    const float outside =
        1 - static_cast<float>(size.height * size.width) / static_cast<float>(shape.size.height * shape.size.width);
    RC_ASSERT(std::abs(mixing.weight - outside) < 1e-6F);
  }
}

TEST(Mixer, draws_every_order_of_partners_equally_often) {
  constexpr int draws = 12'000;
  std::map<std::vector<std::int64_t>, int> counts;
  for (std::uint32_t batch = 0; batch < draws; ++batch)
    ++counts[Mixer(mixup).draw({.samples = 3, .size = {8, 8}}, {.batch = batch}).partners];
  EXPECT_EQ(counts.size(), 6U);
  std::map<std::vector<std::int64_t>, double> shares;
  for (const auto& [partners, count] : counts) shares[partners] = 1.0 / 6;
  EXPECT_LT(excess(counts, shares, draws), 5);
}

TEST(Mixer, depends_on_seed_epoch_and_batch) {
  const Mixer mixer(mixup);
  const BatchShape shape{.samples = 30, .size = {8, 8}};
  const Mixing base = mixer.draw(shape, {.seed = 1, .epoch = 2, .batch = 3});
  EXPECT_FALSE(same_mixing(base, mixer.draw(shape, {.seed = 2, .epoch = 2, .batch = 3})));
  EXPECT_FALSE(same_mixing(base, mixer.draw(shape, {.seed = 1, .epoch = 3, .batch = 3})));
  EXPECT_FALSE(same_mixing(base, mixer.draw(shape, {.seed = 1, .epoch = 2, .batch = 4})));
}

// Variance 1 / (4 (2α + 1)) and excess kurtosis −6 / (2α + 3) of the symmetric beta distribution.
TEST(SymmetricBeta, has_its_moments) {
  constexpr int draws = 100'000;
  for (const double alpha : {0.05, 0.2, 1.0, 3.0, 40.0}) {
    double sum = 0, squares = 0, fourths = 0;
    for (std::uint32_t sample = 0; sample < draws; ++sample) {
      auto random = random_of(sample);
      const double value = symmetric_beta(alpha, random);
      ASSERT_GE(value, 0);
      ASSERT_LE(value, 1);
      const double square = (value - 0.5) * (value - 0.5);
      sum += value;
      squares += square;
      fourths += square * square;
    }
    const double variance = 1 / (4 * (2 * alpha + 1)), kurtosis = 3 - 6 / (2 * alpha + 3);
    EXPECT_NEAR(sum / draws, 0.5, 4 * std::sqrt(variance / draws)) << alpha;
    EXPECT_NEAR(squares / draws / variance, 1, 4 * std::sqrt((kurtosis - 1) / draws)) << alpha;
    EXPECT_NEAR(fourths / draws / (variance * variance * kurtosis), 1, 0.05) << alpha;
  }
}

// α = 1 is uniform; α = ½ has the arcsine law.
TEST(SymmetricBeta, has_known_distributions) {
  constexpr int draws = 50'000, bins = 20;
  std::map<int, int> uniform, arcsine;
  std::map<int, double> shares;
  for (int bin = 0; bin < bins; ++bin) shares[bin] = 1.0 / bins;
  for (std::uint32_t sample = 0; sample < draws; ++sample) {
    auto random = random_of(sample);
    ++uniform[std::min(static_cast<int>(symmetric_beta(1, random) * bins), bins - 1)];
    const double cumulated = std::asin(std::sqrt(symmetric_beta(0.5, random))) * 2 / 3.14159265358979323846;
    ++arcsine[std::min(static_cast<int>(cumulated * bins), bins - 1)];
  }
  EXPECT_LT(excess(uniform, shares, draws), 5);
  EXPECT_LT(excess(arcsine, shares, draws), 5);
}

TEST(Mixer, takes_both_ways_equally_often_and_leaves_batches_by_probability) {
  const Mixer both({.mixup_alpha = 1, .cutmix_alpha = 1, .probability = 0.5}), none({.mixup_alpha = 0});
  int mixed = 0, cut = 0;
  for (std::uint32_t batch = 0; batch < 2'000; ++batch) {
    const Mixing mixing = both.draw({.samples = 4, .size = {8, 8}}, {.batch = batch});
    mixed += mixing.partners.empty() ? 0 : 1;
    cut += mixing.window ? 1 : 0;
    EXPECT_TRUE(none.draw({.samples = 4, .size = {8, 8}}, {.batch = batch}).partners.empty());
  }
  EXPECT_NEAR(mixed, 1'000, 100);
  EXPECT_NEAR(cut, 500, 90);
}

// Of 16 by 16 pixels, before the edges cut windows off: a share of 1 − λ of the area, with sides in even pixels.
TEST(Mixer, cuts_windows_about_centres_everywhere) {
  std::set<std::pair<int, int>> corners;
  const Mixer mixer(cutmix);
  int whole = 0;
  for (std::uint32_t batch = 0; batch < 4'000; ++batch) {
    const Window window = *mixer.draw({.samples = 2, .size = {16, 24}}, {.batch = batch}).window;
    corners.insert({window.top, window.left});
    whole += window.size == Size{16, 24} ? 1 : 0;
  }
  EXPECT_GT(corners.size(), 150U);
  EXPECT_LT(whole, 40);
}

at::Tensor any_images(at::ScalarType type) {
  return at::randn({3, 2, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast).to(type);
}

TEST(MixImages, adds_shares_of_image_and_partner) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const at::Tensor images = any_images(type), before = images.clone();
    const at::Tensor mixed = mix_images(images, {.partners = {2, 0, 1}, .weight = 0.7F});
    EXPECT_TRUE(at::equal(images, before));
    EXPECT_EQ(mixed.scalar_type(), type);
    EXPECT_TRUE(mixed.is_contiguous(at::MemoryFormat::ChannelsLast));
    const at::Tensor values = images.to(at::kFloat);
    for (int i = 0; i < 3; ++i)
      for (int c = 0; c < 2; ++c)
        for (int y = 0; y < 4; ++y)
          for (int x = 0; x < 5; ++x) {
            // volatile: each product is rounded by itself.
            const volatile float own = values[i][c][y][x].item<float>() * 0.7F;
            const volatile float other = values[(i + 2) % 3][c][y][x].item<float>() * (1 - 0.7F);
            const float sum = own + other;
            const float expected = type == at::kFloat ? sum : static_cast<float>(c10::BFloat16(sum));
            ASSERT_EQ(mixed[i][c][y][x].item<float>(), expected);
          }
  }
}

TEST(MixImages, pastes_the_partners_window) {
  const at::Tensor images = any_images(at::kBFloat16);
  const Window window{.top = 1, .left = 2, .size = {2, 3}};
  const at::Tensor mixed = mix_images(images, {.partners = {1, 2, 0}, .weight = 0.7F, .window = window});
  EXPECT_TRUE(mixed.is_contiguous(at::MemoryFormat::ChannelsLast));
  for (int i = 0; i < 3; ++i)
    for (int y = 0; y < 4; ++y)
      for (int x = 0; x < 5; ++x) {
        const bool inside = y >= 1 && y < 3 && x >= 2;
        const at::Tensor from = images[inside ? (i + 1) % 3 : i];
        ASSERT_TRUE(at::equal(mixed[i].select(1, y).select(1, x), from.select(1, y).select(1, x)));
      }
}

TEST(MixImages, are_the_batch_itself_without_partners) {
  const at::Tensor images = any_images(at::kFloat);
  EXPECT_TRUE(mix_images(images, {}).is_same(images));
}

TEST(MixLabels, are_the_shares_of_both_classes) {
  const at::Tensor labels = at::tensor(std::vector<std::int64_t>{3, 0, 3});
  const at::Tensor mixed = mix_labels(labels, 4, {.partners = {1, 2, 2}, .weight = 0.75F});
  const std::vector<float> expected{0.25F, 0, 0, 0.75F, 0.75F, 0, 0, 0.25F, 0, 0, 0, 1};
  EXPECT_EQ(mixed.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(mixed, at::tensor(expected).view({3, 4}))) << mixed;
  const std::vector<float> plain{0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1};
  EXPECT_TRUE(at::equal(mix_labels(labels, 4, {}), at::tensor(plain).view({3, 4})));
}

TEST(Mixer, refuses_options_out_of_range) {
  EXPECT_THROW(Mixer({.mixup_alpha = -0.1}), core::UserError);
  EXPECT_THROW(Mixer({.cutmix_alpha = 101}), core::UserError);
  EXPECT_THROW(Mixer({.mixup_alpha = NAN}), core::UserError);
  EXPECT_THROW(Mixer({.probability = 1.1}), core::UserError);
}

}  // namespace
}  // namespace reslab::augment
